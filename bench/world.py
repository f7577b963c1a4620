"""A prepared store: parties, hospitals, insured persons with bindings, and orders that wait to be paid.

Everything goes through the gateway's own servicers and pipeline, in process and before any gateway serves the store,
so that a benchmark measures payments alone. Each payment is a serialised PayRequest of what its patient was quoted.
Persons and their numbers are made up.
"""

import argparse
import asyncio
import importlib.resources
import itertools
import json
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import orjson
import uvloop

from bench.wire.generate import write_messages
from gateway.bootstrap import Gateway, running
from gateway.config import Config
from gateway.ids import id_number
from gateway.pb.medsettle.v1 import binding_service_pb2 as bind
from gateway.pb.medsettle.v1 import enums_pb2 as e
from gateway.pb.medsettle.v1 import operator_service_pb2 as op
from gateway.pb.medsettle.v1 import payment_service_pb2 as pay
from gateway.pb.medsettle.v1 import types_pb2 as t
from gateway.servicers.base import Caller
from gateway.servicers.fields import china_day, day_text

REGIONS = ("110100", "310100", "440300", "440100", "610200", "420100")
HOSPITALS_PER_REGION = 3
CHANNEL, INSTITUTION_PARTY = "bench-wallet", "bench-his"
_ROWS_MAX = 1_000
_IN_FLIGHT = 2_048
_EXPIRY_MS = 6 * 86_400_000
# Fen and class of a bill's lines: 286 yuan, of which some are class B with a part the patient bears alone.
_LINES = ((8_000, "A"), (6_400, "A"), (5_200, "B"), (4_100, "A"), (3_300, "B"), (1_600, "A"))
_USED_FEN = 180_000  # the year's deductible of the rule that every region of a benchmark has


@dataclass
class World:
    """What a load needs to know of a prepared store.

    Attributes:
        tokens: bearer tokens by party id.
        bindings: ids of the active bindings, one a person, in the persons' order.
        institutions: ids by region, in the regions' order.
    """

    tokens: dict[str, str]
    bindings: list[str]
    institutions: list[list[str]]
    payments: int


def load_world(folder: Path) -> World:
    """The world of a folder that `prepare` has filled."""
    return World(**json.loads((folder / "world.json").read_text()))


async def prepare(
    folder: Path,
    *,
    persons: int,
    payments: int,
    regions: int = 6,
    hospitals: int = 3,
    payers: int = 0,
    say: Callable[[int], None] = lambda count: None,
) -> World:
    """Fills a folder: gateway.db, gateway.db.secret, payments.bin, world.json.

    Args:
        payers: how many of the persons pay, evenly spread over all; 0: every one. Only they have money and bindings.
        say: told how many persons are in.
    """
    config = Config(listen="127.0.0.1:0", front="grpcio", store=f"sqlite:{folder / 'gateway.db'}")
    async with running(config) as gateway:
        maker = _Maker(gateway, regions, hospitals)
        await maker.admit()
        step = persons // (payers or persons)
        step -= (step - 1) % len(REGIONS[:regions])  # so that they come from every region in turn, as all do
        paying = range(0, persons, step)
        await maker.import_people(persons, say)
        await maker.give_money(paying)
        bindings = await maker.bind(paying) if payments else []
        requests = await maker.make_orders(bindings, payments)
    write_messages(folder / "payments.bin", requests)
    world = World(maker.tokens, bindings, maker.institutions, payments)
    (folder / "world.json").write_text(json.dumps(asdict(world)))
    return world


class _Maker:
    """Brings the world in, rpc by rpc."""

    def __init__(self, gateway: Gateway, regions: int, hospitals: int) -> None:
        self._gateway = gateway
        self._handlers: dict[str, Any] = {
            f"{rpc.service.rpartition('.')[2]}/{rpc.name}": rpc.handler for rpc in gateway.rpcs
        }
        self._callers = {
            "bureau": self._caller(next(row for row in gateway.directory.parties() if row.role == e.ROLE_BUREAU))
        }
        self._regions = REGIONS[:regions]
        self.institutions = [
            [f"H{region}{number:05d}" for number in range(1, hospitals + 1)] for region in self._regions
        ]
        self.tokens: dict[str, str] = {"bureau": gateway.bureau_token or ""}

    def _caller(self, row: Any) -> Caller:
        return Caller(row.party_key, row.party_id, row.role, None)

    async def call(self, method: str, request: Any, party: str = "bureau") -> Any:
        return await self._handlers[method](self._callers[party], request)

    async def admit(self) -> None:
        for party_id, role in ((CHANNEL, e.ROLE_CHANNEL), (INSTITUTION_PARTY, e.ROLE_INSTITUTION)):
            request = op.PutPartyRequest(request_id=f"put-{party_id}", party_id=party_id, role=role, name=party_id)
            self.tokens[party_id] = (await self.call("OperatorService/PutParty", request)).token
        for row in self._gateway.directory.parties():
            self._callers[row.party_id] = self._caller(row)
        rule = orjson.loads(importlib.resources.files("policies").joinpath("beijing.json").read_bytes())
        for region, institutions in zip(self._regions, self.institutions, strict=True):
            # The same rule everywhere: what differs between two runs is then where the payments go, not what they cost.
            put = await self.call(
                "OperatorService/PutPolicy",
                op.PutPolicyRequest(
                    request_id=f"put-{region}", document=orjson.dumps(rule | {"region_code": region}),
                    file_name=f"{region}.json",
                ),
            )  # fmt: skip
            await self.call(
                "OperatorService/ActivatePolicy",
                op.ActivatePolicyRequest(
                    request_id=f"activate-{region}", region_code=region, document_digest=put.document_digest
                ),
            )
            for institution_id in institutions:
                await self.call(
                    "OperatorService/PutInstitution",
                    op.PutInstitutionRequest(
                        request_id=f"put-{institution_id}", institution_id=institution_id,
                        party_id=INSTITUTION_PARTY, name=institution_id, level=e.INSTITUTION_LEVEL_LEVEL3,
                        treatment_region_code=region, scenarios=[e.SCENARIO_DIAGNOSIS, e.SCENARIO_REGISTRATION],
                    ),
                )  # fmt: skip

    async def import_people(self, count: int, say: Callable[[int], None]) -> None:
        for start in range(0, count, _ROWS_MAX):
            numbers = range(start, min(start + _ROWS_MAX, count))
            await self._import("ImportPersons", op.ImportPersonsRequest, start, list(map(self._person, numbers)))
            say(numbers.stop)

    async def give_money(self, numbers: range) -> None:
        now_ms = self._gateway.clock.now_ms()
        today = day_text(china_day(now_ms))
        for start in range(0, len(numbers), _ROWS_MAX):
            part = numbers[start : start + _ROWS_MAX]
            credits = [self._credit(number, now_ms) for number in part]
            await self._import("PostCredits", op.PostCreditsRequest, start, credits)
            used = [self._used(number, today) for number in part]
            await self._import("ImportSettlements", op.ImportSettlementsRequest, start, used)

    async def _import(self, rpc: str, request_type: Any, start: int, records: list[Any]) -> None:
        request = request_type(request_id=f"{rpc}-{start}", records=records)
        answer = await self.call(f"OperatorService/{rpc}", _one(request))
        assert answer.counts.created_count == len(records), answer.errors[:1]

    def _region(self, number: int) -> str:
        return self._regions[number % len(self._regions)]

    def _person(self, number: int) -> op.PersonRecord:
        return op.PersonRecord(
            person_no=f"B{number:08d}", region_code=self._region(number), scheme=e.SCHEME_EMPLOYEE,
            status=e.PERSON_STATUS_ACTIVE, birth_date="1980-05-17", sex=e.SEX_FEMALE,
            id_document_kind=e.ID_DOCUMENT_KIND_ID_CARD, id_number=made_up_id(number), name=f"Person {number}",
            phone=f"1000{number:07d}", assistance=e.ASSISTANCE_NONE,
        )  # fmt: skip

    def _credit(self, number: int, now_ms: int) -> op.CreditRecord:
        return op.CreditRecord(
            credit_no=f"opening-{number}", region_code=self._region(number), person_no=f"B{number:08d}",
            kind=e.CREDIT_KIND_OPENING_BALANCE, amount_fen=100_000_000, purse=e.PURSE_PRIOR_YEARS,
            credited_at_ms=now_ms,
        )  # fmt: skip

    def _used(self, number: int, today: str) -> op.ElsewhereRecord:
        return op.ElsewhereRecord(
            settlement_no=f"used-{number}", region_code=self._region(number), person_no=f"B{number:08d}",
            service=e.SERVICE_OUTPATIENT, service_date=today, in_scope_fen=_USED_FEN, deductible_fen=_USED_FEN,
        )  # fmt: skip

    async def bind(self, numbers: range) -> list[str]:
        async def one(number: int) -> str:
            start = bind.StartBindingRequest(
                request_id=f"start-{number}", channel_user_id=f"user-{number}",
                id_document_kind=e.ID_DOCUMENT_KIND_ID_CARD, id_number=made_up_id(number), name=f"Person {number}",
                phone=f"1000{number:07d}", region_code=self._region(number),
            )  # fmt: skip
            binding_id = (await self.call("BindingService/StartBinding", start, CHANNEL)).binding.binding_id
            code = self._gateway.secrets.binding_code(id_number("b", binding_id) or 0)
            confirm = bind.ConfirmBindingRequest(request_id=f"confirm-{number}", binding_id=binding_id, code=code)
            await self.call("BindingService/ConfirmBinding", confirm, CHANNEL)
            return str(binding_id)

        return [binding async for binding in _in_slices(one(number) for number in numbers)]

    async def make_orders(self, bindings: list[str], count: int) -> list[bytes]:
        today = day_text(china_day(self._gateway.clock.now_ms()))
        expires_at_ms = self._gateway.clock.now_ms() + _EXPIRY_MS

        async def one(number: int) -> bytes:
            person = number % len(bindings)
            hospitals = self.institutions[person % len(self._regions)]
            create = order_request(
                f"{number:07d}", hospitals[number // len(self._regions) % len(hospitals)], bindings[person], today,
                expires_at_ms,
            )  # fmt: skip
            made = await self.call("PaymentService/CreateOrder", create, INSTITUTION_PARTY)
            key = {"order_id": made.order.order_id, "binding_id": bindings[person], "use_account": True}
            quote = await self.call("PaymentService/QuoteOrder", pay.QuoteOrderRequest(**key), CHANNEL)
            assert quote.cash_to_collect_fen == 0, "a prepared bill is paid by fund and account alone"
            request = pay.PayRequest(
                **key, request_id=f"pay-{number:07d}", quote_digest=quote.quote_digest,
                cash_due_fen=quote.cash_due_fen, user_authentication=e.USER_AUTHENTICATION_PASSWORD,
                channel_order_no=f"W{number:07d}",
            )  # fmt: skip
            return request.SerializeToString()

        return [request async for request in _in_slices(one(number) for number in range(count))]


def order_request(number: str, institution_id: str, binding_id: str, day: str, expires_at_ms: int) -> Any:
    """A bill of six lines, pushed to a binding."""
    lines = [
        t.OrderLine(
            line_no=str(index), item_code=f"X{index}", item_name=f"Item {index}",
            item_class=e.ITEM_CLASS_A if letter == "A" else e.ITEM_CLASS_B, amount_fen=amount_fen,
            self_pay_ppm=0 if letter == "A" else 100_000,
        )
        for index, (amount_fen, letter) in enumerate(_LINES, 1)
    ]  # fmt: skip
    return pay.CreateOrderRequest(
        request_id=f"create-{number}", institution_id=institution_id, institution_order_no=f"N{number}",
        binding_id=binding_id, kind=e.ORDER_KIND_MIXED, scenario=e.SCENARIO_DIAGNOSIS, service=e.SERVICE_OUTPATIENT,
        referral=e.REFERRAL_LOCAL, service_date=day, lines=lines,
        total_fen=sum(amount_fen for amount_fen, _ in _LINES), title="Visit", expires_at_ms=expires_at_ms,
    )  # fmt: skip


def made_up_id(number: int) -> str:
    """18 digits like an identity card's; region 0000 exists nowhere."""
    return f"000019800517{number:06d}" if number < 1_000_000 else f"0000198005{number:08d}"


async def _one(message: Any) -> AsyncIterator[Any]:
    yield message


async def _in_slices(calls: Iterable[Any]) -> AsyncIterator[Any]:
    """The results of calls in their order, so many at a time."""
    iterator: Iterator[Any] = iter(calls)
    while part := list(itertools.islice(iterator, _IN_FLIGHT)):
        for result in await asyncio.gather(*part):
            yield result


def main() -> None:
    """Prepares a folder, for a look by hand."""
    parser = argparse.ArgumentParser(prog="python -m bench.world", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--persons", type=int, default=2_000)
    parser.add_argument("--payments", type=int, default=20_000)
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(prepare(args.folder, persons=args.persons, payments=args.payments))


if __name__ == "__main__":
    main()
