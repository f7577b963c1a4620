"""SettlementService: windows closed, read, proven by statements, and paid out."""

from collections.abc import AsyncIterator

from core.ledger import Ledger
from gateway.clock import Clock
from gateway.directory import Directory
from gateway.engine.pipeline import Pipeline
from gateway.errors import Refusal, invalid
from gateway.ids import IdMaker, key_of
from gateway.pb.medsettle.v1 import enums_pb2
from gateway.pb.medsettle.v1 import settlement_service_pb2 as pb
from gateway.reasons import Reason
from gateway.security.secrets import Secrets
from gateway.servicers import fields
from gateway.servicers.base import Caller, Rpc, answer_of, key_of_request, rpcs_of
from gateway.works import windows
from gateway.works.windows import Statements, WindowKey

_NEWEST = (1 << 63) - 1


class SettlementServicer:
    """The rpcs of SettlementService."""

    def __init__(
        self,
        pipeline: Pipeline,
        secrets: Secrets,
        directory: Directory,
        ids: IdMaker,
        clock: Clock,
        statements: Statements,
        ledger: Ledger,
    ) -> None:
        self._pipeline = pipeline
        self._secrets = secrets
        self._directory = directory
        self._ids = ids
        self._clock = clock
        self._ledger = ledger
        self._statements = statements

    def rpcs(self) -> list[Rpc]:
        """All of them, for a front."""
        return rpcs_of(
            pb.DESCRIPTOR,
            "SettlementService",
            {
                "CloseWindow": self.close_window,
                "GetWindow": self.get_window,
                "ListWindows": self.list_windows,
                "DownloadStatement": self.download_statement,
                "ConfirmPayout": self.confirm_payout,
            },
        )

    async def close_window(self, caller: Caller, request: pb.CloseWindowRequest) -> pb.CloseWindowResponse:
        """Closes an institution's open window."""
        key = key_of_request(self._secrets, caller, "CloseWindow", request)
        institution_key = self._institution_key(caller, request.institution_id)
        work = windows.CloseWindow(
            caller.party_key,
            institution_key,
            fields.text("period", request.period, 1, 32),
            self._ids.new_id(self._clock.now_ms()),
            self._directory,
            self._ledger,
            key,
            caller.deadline,
        )
        return answer_of(pb.CloseWindowResponse, await self._pipeline.submit(work))

    async def get_window(self, caller: Caller, request: pb.GetWindowRequest) -> pb.GetWindowResponse:
        """Reads a window."""
        named = request.WhichOneof("key")
        if named is None:
            raise invalid("key", "must be a window_id or a period")
        if named == "window_id":
            window = WindowKey(window_id=_window_id(request.window_id))
        else:
            institution_key = self._institution_key(caller, request.institution_id)
            window = WindowKey(institution_key=institution_key, period=fields.text("period", request.period, 1, 32))
        work = windows.ReadWindow(caller.party_key, window, self._only(caller), self._directory, caller.deadline)
        return pb.GetWindowResponse.FromString((await self._pipeline.submit(work)).facts)

    async def list_windows(self, caller: Caller, request: pb.ListWindowsRequest) -> pb.ListWindowsResponse:
        """Reads windows, newest first."""
        institution_keys = []
        if request.institution_id or caller.role != enums_pb2.ROLE_BUREAU:
            institution_keys = [self._institution_key(caller, request.institution_id)]
        before_id = _NEWEST
        if request.page_token:
            before_id = fields.number_of_id("page_token", "w", request.page_token, Reason.CURSOR_INVALID)
        work = windows.ListWindows(
            caller.party_key,
            institution_keys,
            before_id,
            fields.page_size(request.page_size),
            self._directory,
            caller.deadline,
        )
        return pb.ListWindowsResponse.FromString((await self._pipeline.submit(work)).facts)

    async def download_statement(
        self, caller: Caller, request: pb.DownloadStatementRequest
    ) -> AsyncIterator[pb.DownloadStatementResponse]:
        """Streams a closed window."""
        async for part in self._statements.parts(_window_id(request.window_id), self._only(caller)):
            yield part

    async def confirm_payout(self, caller: Caller, request: pb.ConfirmPayoutRequest) -> pb.ConfirmPayoutResponse:
        """Notes that the bureau has paid a window."""
        key = key_of_request(self._secrets, caller, "ConfirmPayout", request)
        work = windows.ConfirmPayout(
            caller.party_key,
            _window_id(request.window_id),
            request.amount_fen,
            fields.text("bank_reference", request.bank_reference, 1, 64),
            fields.at_ms("paid_at_ms", request.paid_at_ms),
            self._directory,
            key,
            caller.deadline,
        )
        return answer_of(pb.ConfirmPayoutResponse, await self._pipeline.submit(work))

    def _institution_key(self, caller: Caller, institution_id: str) -> int:
        """The institution of that id: any for the bureau, the caller's own for an institution's party."""
        row = self._directory.institution(key_of(fields.text("institution_id", institution_id, 1, 64)))
        if row is None:
            raise Refusal(Reason.INSTITUTION_NOT_FOUND, field="institution_id")
        if caller.role != enums_pb2.ROLE_BUREAU and row.party_key != caller.party_key:
            raise Refusal(Reason.INSTITUTION_NOT_YOURS, institution_id=institution_id)
        return row.institution_key

    def _only(self, caller: Caller) -> frozenset[int] | None:
        """The institutions whose windows the caller may know of; None for any."""
        if caller.role == enums_pb2.ROLE_BUREAU:
            return None
        return frozenset(row.institution_key for row in self._directory.institutions(caller.party_key))


def _window_id(window_id: str) -> int:
    return fields.number_of_id("window_id", "w", window_id, Reason.WINDOW_NOT_FOUND)
