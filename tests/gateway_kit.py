"""A whole gateway in this process, without a network: store, core, pipeline and servicers, driven rpc by rpc.

@over_stores
async def test_something(kit: Kit) -> None:
    await kit.furnish()
    response = await kit.call("AccountService/GetAccount", request, party="bureau")
"""

import asyncio
import contextlib
import hashlib
import inspect
import itertools
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import orjson
import pytest
from google.protobuf.message import Message

from core.ledger import Ledger
from core.policy import RuleBook
from gateway.bootstrap import load_risk
from gateway.catalogue.cache import Catalogue
from gateway.clock import ManualClock
from gateway.directory import Directory
from gateway.engine.pipeline import Pipeline
from gateway.errors import Refusal
from gateway.fronts.calls import bytes_of, request_of
from gateway.ids import IdMaker, key_of
from gateway.pb.medsettle.v1 import (
    binding_service_pb2,
    enums_pb2,
    operator_service_pb2,
    payment_service_pb2,
    types_pb2,
)
from gateway.reasons import Reason
from gateway.replay.bills import Draft
from gateway.replay.proof import Replays, replay_orders
from gateway.replay.report import digest_of
from gateway.risk.backtest import Backtests
from gateway.risk.servicer import RiskServicer
from gateway.security.secrets import Secrets
from gateway.servicers.account import AccountServicer
from gateway.servicers.base import Caller, Rpc
from gateway.servicers.binding import BindingServicer
from gateway.servicers.operator import OperatorServicer
from gateway.servicers.payment import PaymentServicer
from gateway.servicers.settlement import SettlementServicer
from gateway.stores.sqlite_store import SqliteStore
from gateway.works.parties import ensure_bureau
from gateway.works.watching import Watcher
from gateway.works.windows import Statements

NOW_MS = 1_794_000_000_000  # 2026-11-06 in China
TODAY = "2026-11-06"
REGION = "110100"

POLICY: dict[str, Any] = {
    "region_code": REGION,
    "name": "北京",
    "version": "2026-01",
    "benefit_year_start": "01-01",
    "payment": {"passwordless_limit_fen": 20_000},
    "defaults": {
        "account": {
            "pays": ["deductible", "copay", "class_b"],
            "pays_at_pharmacy": ["deductible", "copay", "class_b", "full_self"],
            "owner_order": ["self_current_year", "self", "family"],
        }
    },
    "schemes": {
        "employee": {
            "outpatient": [
                {
                    "effective_from": "2019-01-01",
                    "effective_to": None,
                    "deductible": {"kind": "annual", "amounts": 180_000},
                    "ratio": {"bands": [{"from": 0, "to": None, "ppm": 700_000}]},
                    "caps": {"pooled_paid_fen": 2_000_000},
                }
            ],
            "inpatient": [
                {
                    "effective_from": "2019-01-01",
                    "effective_to": None,
                    "deductible": {"kind": "per_stay", "amounts": 130_000},
                    "ratio": {"bands": [{"from": 0, "to": None, "ppm": 850_000}]},
                    "caps": {"pooled_paid_fen": 10_000_000},
                }
            ],
        },
        "resident": {
            "outpatient": [
                {
                    "effective_from": "2019-01-01",
                    "effective_to": None,
                    "deductible": {"kind": "annual", "amounts": 55_000},
                    "ratio": {"bands": [{"from": 0, "to": None, "ppm": 500_000}]},
                    "caps": {"pooled_paid_fen": 500_000},
                }
            ]
        },
    },
}


class Sent(NamedTuple):
    """A message that a phone got."""

    message_id: str
    phone: str
    text: str


class Phones:
    """A message sender that keeps what it delivers, once a message id; `broken` makes it fail."""

    def __init__(self) -> None:
        self.messages: list[Sent] = []
        self.broken = False

    async def send(self, message_id: str, phone: str, text: str) -> None:
        if self.broken:
            raise ConnectionError("the network is down")
        if all(sent.message_id != message_id for sent in self.messages):
            self.messages.append(Sent(message_id, phone, text))

    @property
    def last_code(self) -> str:
        return "".join(filter(str.isdigit, self.messages[-1].text))[:6]


class Kit:
    """A running gateway and what a test needs of the world around it."""

    def __init__(self, store: SqliteStore, clock: ManualClock, *, scores: bool = True) -> None:
        self.store = store
        self.clock = clock
        self.secrets = Secrets(bytes(range(32)))
        self.bureau_token = ensure_bureau(store, self.secrets, clock)
        self.directory = Directory.load(store)
        self.rules = RuleBook()
        self.ledger = Ledger(self.rules, 10_000, scores=scores)
        for policy in store.policies_activated():
            self.rules.put(orjson.loads(policy.document), policy.file, policy.policy_id)
        for plan in store.plans():
            self.rules.plans.put(orjson.loads(plan.document), plan.file, plan.plan_key)
        for row in self.directory.institutions():
            self.ledger.set_window(row.institution_key, row.open_window)
        self.book, self.lists = load_risk(store, self.ledger)
        self.broken: list[str] = []
        self.pipeline = Pipeline(store, self.ledger, clock, on_broken=self.broken.append)
        self.phones = Phones()
        ids, pipeline, secrets, directory = IdMaker(), self.pipeline, self.secrets, self.directory
        self.catalogue, watcher = Catalogue(), Watcher(store, pipeline, directory)
        self.rpcs: dict[str, Rpc] = {
            f"{rpc.service.rpartition('.')[2]}/{rpc.name}": rpc
            for rpc in [
                *BindingServicer(pipeline, secrets, directory, ids, clock, self.phones, self.ledger).rpcs(),
                *PaymentServicer(
                    pipeline, secrets, directory, ids, clock, watcher, self.catalogue, self.lists if scores else None
                ).rpcs(),
                *RiskServicer(pipeline, secrets, directory, self.book, self.lists, Backtests(store)).rpcs(),
                *AccountServicer(pipeline).rpcs(),
                *SettlementServicer(
                    pipeline, secrets, directory, ids, clock, Statements(store, directory), self.ledger
                ).rpcs(),
                *OperatorServicer(
                    pipeline, secrets, directory, ids, clock, self.ledger, Replays(store), self.catalogue
                ).rpcs(),
            ]
        }
        self._numbers = itertools.count(1 + clock.now_ms() - NOW_MS)  # after a restart: move the clock on

    def request_id(self) -> str:
        """A request id that no other request has."""
        return f"req-{next(self._numbers)}"

    def caller(self, party: str, deadline: float | None = None) -> Caller:
        """A party as the front hands it to a servicer."""
        row = self.directory.party(key_of(party))
        assert row is not None, f"no party {party}"
        return Caller(row.party_key, row.party_id, row.role, deadline)

    async def call(self, name: str, request: Message | Iterable[Message], *, party: str) -> Any:
        """Calls an rpc ("OperatorService/PutParty") as a party; a stream goes in as messages and comes out as a list.

        Raises:
            Refusal: as the front would tell it, ROLE_FORBIDDEN included.
        """
        rpc, caller = self.rpcs[name], self.caller(party)
        if caller.role not in rpc.roles:
            raise Refusal(Reason.ROLE_FORBIDDEN)
        # Through the wire format, so that a handler never sees the test's own objects.
        if rpc.takes_stream:
            assert not isinstance(request, Message)
            return await rpc.handler(caller, _stream(rpc, request))  # type: ignore[misc]
        assert isinstance(request, rpc.request_type)
        request = request_of(rpc, request.SerializeToString())
        if rpc.gives_stream:
            return [part async for part in rpc.handler(caller, request)]  # type: ignore[union-attr]
        response = await rpc.handler(caller, request)  # type: ignore[misc]
        return rpc.response_type.FromString(bytes_of(response))

    async def furnish(self) -> None:
        """A policy, a wallet, a hospital with its party, and one insured person, so that a test can begin."""
        await self.put_policy(POLICY)
        await self.furnish_people()

    async def furnish_people(self) -> None:
        """All of it but the policy."""
        await self.put_party("wallet", enums_pb2.ROLE_CHANNEL)
        await self.put_party("his", enums_pb2.ROLE_INSTITUTION)
        await self.put_institution("H1", "his")
        await self.import_persons(person())

    async def put_policy(self, document: dict[str, Any]) -> Any:
        """Stores a policy document and puts it in force, with a replay where there is something to compare with."""
        response = await self.put_draft(document)
        await self.activate(document)
        return response

    async def put_draft(self, document: dict[str, Any]) -> Any:
        """Stores a policy document."""
        request = operator_service_pb2.PutPolicyRequest(
            request_id=self.request_id(), document=orjson.dumps(document), file_name=f"{document['region_code']}.json"
        )
        return await self.call("OperatorService/PutPolicy", request, party="bureau")

    def replay(self, document: dict[str, Any], order_count: int = 100) -> operator_service_pb2.PolicyReplay:
        """A replay of a document over the store as it is, as the command makes it."""
        reader = self.store.reader()
        try:
            through_seq = reader.last_seq()
            report = replay_orders(reader, Draft(document, orjson.dumps(document)), order_count, through_seq)
        finally:
            reader.close()
        return operator_service_pb2.PolicyReplay(
            report_digest=digest_of(report), order_count=order_count, event_count=through_seq
        )

    async def activate(self, document: dict[str, Any], **values: Any) -> Any:
        """Puts a stored document in force."""
        settings = {
            "request_id": self.request_id(),
            "region_code": document["region_code"],
            "document_digest": hashlib.sha256(orjson.dumps(document)).hexdigest(),
        } | values
        if "replay" not in settings:
            settings["replay"] = self.replay(document)
        request = operator_service_pb2.ActivatePolicyRequest(**settings)
        return await self.call("OperatorService/ActivatePolicy", request, party="bureau")

    async def put_party(self, party_id: str, role: int, **values: Any) -> Any:
        """Admits a party."""
        request = operator_service_pb2.PutPartyRequest(
            request_id=self.request_id(), party_id=party_id, role=role, name=party_id, **values
        )
        return await self.call("OperatorService/PutParty", request, party="bureau")

    async def put_institution(self, institution_id: str, party_id: str, **values: Any) -> Any:
        """Admits an institution of level 3 in the region."""
        settings = {
            "name": institution_id,
            "level": enums_pb2.INSTITUTION_LEVEL_LEVEL3,
            "treatment_region_code": REGION,
            "scenarios": [enums_pb2.SCENARIO_DIAGNOSIS, enums_pb2.SCENARIO_INPATIENT],
        } | values
        request = operator_service_pb2.PutInstitutionRequest(
            request_id=self.request_id(), institution_id=institution_id, party_id=party_id, **settings
        )
        return await self.call("OperatorService/PutInstitution", request, party="bureau")

    async def import_persons(self, *records: Message) -> Any:
        """Imports persons in one message."""
        request = operator_service_pb2.ImportPersonsRequest(request_id=self.request_id(), records=records)
        return await self.call("OperatorService/ImportPersons", [request], party="bureau")

    async def post_credits(self, *records: Message) -> Any:
        """Posts credits in one message."""
        request = operator_service_pb2.PostCreditsRequest(request_id=self.request_id(), records=records)
        return await self.call("OperatorService/PostCredits", [request], party="bureau")

    async def bind(self, user: str = "user-1", number: int = 1, *, channel: str = "wallet") -> str:
        """Binds a channel's user to person `number`; gives the id of the active binding."""
        started = await self.call("BindingService/StartBinding", start_binding(self, user, number), party=channel)
        confirm = binding_service_pb2.ConfirmBindingRequest(
            request_id=self.request_id(), binding_id=started.binding.binding_id, code=self.phones.last_code
        )
        response = await self.call("BindingService/ConfirmBinding", confirm, party=channel)
        assert response.binding.state == enums_pb2.BINDING_STATE_ACTIVE
        return str(response.binding.binding_id)

    async def create_order(self, total_fen: int, binding_id: str = "", **values: Any) -> str:
        """Makes an out-patient bill of one class A line, pushed to a binding when it is named; gives its id."""
        number = next(self._numbers)
        settings: dict[str, Any] = {
            "request_id": f"req-{number}",
            "institution_id": "H1",
            "institution_order_no": f"NO-{number}",
            "binding_id": binding_id,
            "kind": enums_pb2.ORDER_KIND_MIXED,
            "scenario": enums_pb2.SCENARIO_DIAGNOSIS,
            "service": enums_pb2.SERVICE_OUTPATIENT,
            "referral": enums_pb2.REFERRAL_LOCAL,
            "service_date": TODAY,
            "total_fen": total_fen,
            "title": "门诊缴费",
            "lines": [
                types_pb2.OrderLine(
                    line_no="1",
                    item_code="X1",
                    item_name="药",
                    item_class=enums_pb2.ITEM_CLASS_A,
                    amount_fen=total_fen,
                )
            ],
        }
        request = payment_service_pb2.CreateOrderRequest(**(settings | values))
        response = await self.call("PaymentService/CreateOrder", request, party="his")
        return str(response.order.order_id)

    async def pay_request(self, order_id: str, binding_id: str, **values: Any) -> payment_service_pb2.PayRequest:
        """A Pay of what a quote shows now, with the account, a password, and the receipt of any cash that is due."""
        link_id = values.get("family_link_id", "")
        quote_request = payment_service_pb2.QuoteOrderRequest(
            order_id=order_id, binding_id=binding_id, use_account=True, family_link_id=link_id
        )
        quote = await self.call("PaymentService/QuoteOrder", quote_request, party="wallet")
        number = next(self._numbers)
        settings: dict[str, Any] = {
            "request_id": f"req-{number}",
            "order_id": order_id,
            "binding_id": binding_id,
            "quote_digest": quote.quote_digest,
            "cash_due_fen": quote.cash_due_fen,
            "use_account": True,
            "user_authentication": enums_pb2.USER_AUTHENTICATION_PASSWORD,
        }
        if quote.cash_to_collect_fen:
            settings["cash_receipt"] = types_pb2.CashReceipt(
                receipt_no=f"R-{number}", amount_fen=quote.cash_to_collect_fen, paid_at_ms=self.clock.now_ms()
            )
        return payment_service_pb2.PayRequest(**(settings | values))

    async def pay(self, order_id: str, binding_id: str) -> Any:
        """Pays an order whole; gives the paid order."""
        request = await self.pay_request(order_id, binding_id)
        response = await self.call("PaymentService/Pay", request, party="wallet")
        assert response.status == payment_service_pb2.PAY_STATUS_PAID
        return response.order

    async def refund(self, order_id: str) -> Any:
        """Refunds a paid order whole; gives the refund."""
        number = next(self._numbers)
        request = payment_service_pb2.RefundRequest(
            request_id=f"req-{number}",
            order_id=order_id,
            refund_no=f"RF-{number}",
            kind=enums_pb2.REFUND_KIND_ALL,
            reason="returned",
        )
        return (await self.call("PaymentService/Refund", request, party="his")).refund


@contextlib.asynccontextmanager
async def running_gateway(
    store: str = "memory:", *, clock: ManualClock | None = None, scores: bool = True
) -> AsyncIterator[Kit]:
    """A gateway over `memory:` or a file's path for as long as the body runs; it must not have broken."""
    opened = SqliteStore.open(None if store == "memory:" else store)
    try:
        kit = Kit(opened, clock or ManualClock(NOW_MS), scores=scores)
        kit.pipeline.start()
        try:
            yield kit
        finally:
            await kit.pipeline.stop()
        assert not kit.broken
    finally:
        opened.close()


def over_stores(test: Callable[..., Awaitable[None]]) -> Callable[..., None]:
    """Makes an async test of a `kit` one test a store: in memory, and on a real file."""

    def run(store: str, tmp_path: Path, **arguments: Any) -> None:
        async def whole() -> None:
            async with running_gateway("memory:" if store == "memory" else str(tmp_path / "store.db")) as kit:
                await test(kit, **arguments)

        asyncio.run(whole())

    names = [name for name in inspect.signature(test).parameters if name != "kit"]
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    run.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [inspect.Parameter(name, kind) for name in ("store", "tmp_path", *names)]
    )
    run.__name__, run.__doc__ = test.__name__, test.__doc__
    run.pytestmark = [  # type: ignore[attr-defined]
        *getattr(test, "pytestmark", []),
        pytest.mark.parametrize("store", ["memory", "sqlite"]).mark,
    ]
    return run


def person(number: int = 1, **values: Any) -> operator_service_pb2.PersonRecord:
    """Insured person `number` of the region, an employee born in 1980."""
    settings: dict[str, Any] = {
        "person_no": f"P{number}",
        "region_code": REGION,
        "scheme": enums_pb2.SCHEME_EMPLOYEE,
        "status": enums_pb2.PERSON_STATUS_ACTIVE,
        "birth_date": "1980-05-17",
        "sex": enums_pb2.SEX_FEMALE,
        "id_document_kind": enums_pb2.ID_DOCUMENT_KIND_ID_CARD,
        "id_number": f"11010119800517{number:03d}X",
        "name": "王小明",
        "phone": f"139{number:08d}",
        "assistance": enums_pb2.ASSISTANCE_NONE,
    }
    return operator_service_pb2.PersonRecord(**(settings | values))


def credit(number: int = 1, amount_fen: int = 100_000, **values: Any) -> operator_service_pb2.CreditRecord:
    """Credit `number`, to this year's purse of person 1."""
    settings: dict[str, Any] = {
        "credit_no": f"C{number}",
        "region_code": REGION,
        "person_no": "P1",
        "amount_fen": amount_fen,
        "kind": enums_pb2.CREDIT_KIND_MONTHLY_CREDIT,
        "purse": enums_pb2.PURSE_CURRENT_YEAR,
        "credited_at_ms": NOW_MS,
    }
    return operator_service_pb2.CreditRecord(**(settings | values))


def start_binding(
    kit: Kit, user: str = "user-1", number: int = 1, **values: Any
) -> binding_service_pb2.StartBindingRequest:
    """A request to bind a user to person `number`."""
    record = person(number)
    settings: dict[str, Any] = {
        "request_id": kit.request_id(),
        "channel_user_id": user,
        "id_document_kind": record.id_document_kind,
        "id_number": record.id_number.lower(),
        "name": record.name,
        "phone": record.phone,
        "region_code": REGION,
    }
    return binding_service_pb2.StartBindingRequest(**(settings | values))


def random_refund(rng: random.Random, order: Any, request_id: str, refund_no: str) -> payment_service_pb2.RefundRequest:
    """A refund of an order as its institution knows it: all, a part of line 1, some cash, or the insurance part."""
    request = payment_service_pb2.RefundRequest(
        request_id=request_id, order_id=order.order_id, refund_no=refund_no, reason="returned"
    )
    request.kind = rng.choice(
        (
            enums_pb2.REFUND_KIND_ALL,
            enums_pb2.REFUND_KIND_LINES,
            enums_pb2.REFUND_KIND_LINES,
            enums_pb2.REFUND_KIND_CASH,
            enums_pb2.REFUND_KIND_INSURANCE,
        )
    )
    if request.kind == enums_pb2.REFUND_KIND_LINES:
        part = rng.choice((1, 700, order.natures.total_fen // 3 + 1))
        request.returned_lines.add(line_no="1", amount_fen=part)
    elif request.kind == enums_pb2.REFUND_KIND_CASH:
        request.amount_fen = rng.choice((1, 500, order.cash.cash_to_collect_fen or 1))
    return request


@contextlib.contextmanager
def refused(reason: Reason, **metadata: object) -> Iterator[None]:
    """The body must be refused for a reason; what is named of its metadata must be there."""
    try:
        yield
    except Refusal as refusal:
        assert refusal.reason == reason, f"refused as {refusal.reason.name}, not {reason.name}: {refusal.message}"
        told = {name: refusal.metadata.get(name) for name in metadata}
        assert told == {name: str(value) for name, value in metadata.items()}
        return
    raise AssertionError(f"not refused as {reason.name}")


async def _stream(rpc: Rpc, requests: Iterable[Message]) -> AsyncIterator[Message]:
    for request in requests:
        await asyncio.sleep(0)
        yield rpc.request_type.FromString(request.SerializeToString())
