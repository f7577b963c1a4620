"""Both clients against a gateway that only answers: what joins, what is asked again, and what is not."""

import copy
import pickle
import time
from collections.abc import Iterator

import grpc
import pytest

from gateway.client import MedSettleError, Retry, aio, sync
from gateway.pb.medsettle.v1 import error_reason_pb2, payment_service_pb2
from tests.client_kit import WAIT_S, FakeGateway, Fault, Handle, pay_request

pb = payment_service_pb2
CODE = grpc.StatusCode
OVERLOADED = Fault(CODE.RESOURCE_EXHAUSTED, "OVERLOADED", 1)
KINDS = pytest.mark.parametrize("kind", ["asyncio", "sync"])


@pytest.fixture
def gateway() -> Iterator[FakeGateway]:
    with FakeGateway() as fake:
        yield fake


@KINDS
def test_who_comes_while_a_call_is_out_goes_in_the_next_one(gateway: FakeGateway, kind: str) -> None:
    with Handle(kind, gateway.address) as client:
        gateway.hold()
        answers = [client.start("pay", pay_request(0))]
        gateway.wait_for_calls(1)
        answers += [client.start("pay", pay_request(number)) for number in range(1, 6)]
        client.wait_for_waiting(5)
        gateway.release()
        payments = [answer.result(WAIT_S) for answer in answers]
    assert [call.rpc for call in gateway.calls] == ["Pay", "BatchPay"]
    assert gateway.calls[0].request_ids == ("req-0",)
    assert sorted(gateway.calls[1].request_ids) == [f"req-{number}" for number in range(1, 6)]
    assert [payment.order_id for payment in payments] == [f"o{number}" for number in range(6)]
    assert {payment.status for payment in payments} == {pb.PAY_STATUS_PAID}


@KINDS
def test_no_call_is_larger_than_a_core_batch(gateway: FakeGateway, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aio, "JOINED_MAX", 4)
    monkeypatch.setattr(sync, "JOINED_MAX", 4)
    with Handle(kind, gateway.address) as client:
        gateway.hold()
        answers = [client.start("pay", pay_request(0))]
        gateway.wait_for_calls(1)
        answers += [client.start("pay", pay_request(number)) for number in range(1, 10)]
        client.wait_for_waiting(9)
        gateway.release()
        assert len({answer.result(WAIT_S).order_id for answer in answers}) == 10
    assert [len(call.request_ids) for call in gateway.calls] == [1, 4, 4, 1]
    assert [call.rpc for call in gateway.calls] == ["Pay", "BatchPay", "BatchPay", "Pay"]


@KINDS
def test_a_payment_that_is_too_large_goes_alone(gateway: FakeGateway, kind: str) -> None:
    large = pay_request(1, channel_order_no="x" * 300)
    with Handle(kind, gateway.address) as client:
        gateway.hold()
        answers = [client.start("pay", pay_request(0)), client.start("pay", large)]
        gateway.wait_for_calls(2)
        gateway.release()
        assert {answer.result(WAIT_S).order_id for answer in answers} == {"o0", "o1"}
    assert [call.rpc for call in gateway.calls] == ["Pay", "Pay"]


@KINDS
def test_one_refused_payment_of_a_call_is_refused_and_another_asked_again(gateway: FakeGateway, kind: str) -> None:
    gateway.results = {
        "req-1": [pb.BatchPayResult(refusal=error_reason_pb2.ERROR_REASON_FIELD_INVALID, field="binding_id")],
        "req-2": [pb.BatchPayResult(refusal=error_reason_pb2.ERROR_REASON_OVERLOADED, retry_after_ms=1)],
    }
    with Handle(kind, gateway.address) as client:
        gateway.hold()
        first = client.start("pay", pay_request(0))
        gateway.wait_for_calls(1)
        refused, later, paid = [client.start("pay", pay_request(number)) for number in (1, 2, 3)]
        client.wait_for_waiting(3)
        gateway.release()
        assert [answer.result(WAIT_S).order_id for answer in (first, later, paid)] == ["o0", "o2", "o3"]
        with pytest.raises(MedSettleError, match="FIELD_INVALID") as raised:
            refused.result(WAIT_S)
    error = raised.value
    assert (error.code, error.reason, error.field) == (CODE.INVALID_ARGUMENT, "FIELD_INVALID", "binding_id")
    assert not error.retryable and error.retry_after_ms is None
    assert [call.request_ids for call in gateway.calls[2:]] == [("req-2",)]


@KINDS
def test_a_refused_call_reaches_each_of_its_payments(gateway: FakeGateway, kind: str) -> None:
    with Handle(kind, gateway.address) as client:
        gateway.hold()
        first = client.start("pay", pay_request(0))
        gateway.wait_for_calls(1)
        joined = [client.start("pay", pay_request(number)) for number in (1, 2)]
        client.wait_for_waiting(2)
        gateway.faults = [Fault(CODE.PERMISSION_DENIED, "PARTY_SUSPENDED")] * 3
        gateway.release()
        errors = [answer.exception(WAIT_S) for answer in (first, *joined)]
    assert [error.reason for error in errors if isinstance(error, MedSettleError)] == ["PARTY_SUSPENDED"] * 3
    assert len({id(error) for error in errors}) == 3
    assert len(gateway.calls) == 2


@KINDS
@pytest.mark.parametrize(
    "fault",
    [
        OVERLOADED,
        Fault(CODE.UNAVAILABLE, "SHUTTING_DOWN", 1),
        Fault(CODE.DEADLINE_EXCEEDED, "EXPIRED_IN_QUEUE", 1),
        Fault(CODE.UNAVAILABLE),
        Fault(CODE.DEADLINE_EXCEEDED),
    ],
    ids=lambda fault: fault.reason or fault.code.name,
)
def test_what_may_help_later_is_asked_again_with_the_same_request(
    gateway: FakeGateway, kind: str, fault: Fault
) -> None:
    gateway.faults = [fault, fault]
    with Handle(kind, gateway.address) as client:
        assert client.do("pay", pay_request(7)).order_id == "o7"
        gateway.faults = [fault]
        assert client.do("call", "PaymentService/GetOrder", pb.GetOrderRequest(order_id="o7")).order.order_id == "o7"
    assert [call.rpc for call in gateway.calls] == ["Pay"] * 3 + ["GetOrder"] * 2
    assert {call.request_ids for call in gateway.calls[:3]} == {("req-7",)}


@KINDS
@pytest.mark.parametrize(
    "fault",
    [
        Fault(CODE.FAILED_PRECONDITION, "QUOTE_CHANGED", None, {"field": "quote_digest"}),
        Fault(CODE.INTERNAL, "INTERNAL_FAULT"),
        Fault(CODE.UNAVAILABLE, "ORDER_CLOSED"),  # the reason's word counts, not the code's
        Fault(CODE.RESOURCE_EXHAUSTED),  # the runtime's: the message is too large, and will be again
        Fault(CODE.UNIMPLEMENTED),
    ],
    ids=lambda fault: fault.reason or fault.code.name,
)
def test_what_is_final_is_not_asked_again(gateway: FakeGateway, kind: str, fault: Fault) -> None:
    gateway.faults = [fault]
    with Handle(kind, gateway.address) as client, pytest.raises(MedSettleError) as raised:
        client.do("pay", pay_request(1))
    assert len(gateway.calls) == 1
    assert (raised.value.code, raised.value.reason) == (fault.code, fault.reason)
    assert raised.value.metadata == fault.metadata
    assert raised.value.field == fault.metadata.get("field", "")


@KINDS
def test_the_gateway_is_left_alone_as_long_as_it_asks(gateway: FakeGateway, kind: str) -> None:
    gateway.faults = [OVERLOADED._replace(retry_after_ms=150)]
    with Handle(kind, gateway.address) as client:
        began_s = time.monotonic()
        client.do("pay", pay_request(1))
        assert time.monotonic() - began_s >= 0.15


@KINDS
def test_attempts_and_time_are_bounded(gateway: FakeGateway, kind: str) -> None:
    gateway.faults = [OVERLOADED] * 9
    with Handle(kind, gateway.address) as client:
        with pytest.raises(MedSettleError, match="OVERLOADED"):
            client.do("pay", pay_request(1))
        assert len(gateway.calls) == 4
        gateway.faults = [OVERLOADED._replace(retry_after_ms=900)]
        began_s = time.monotonic()
        with pytest.raises(MedSettleError, match="OVERLOADED"):
            client.do("pay", pay_request(1), deadline_s=0.5)
        assert time.monotonic() - began_s < 0.5
        assert len(gateway.calls) == 5


@KINDS
def test_who_gives_up_while_waiting_is_not_sent_and_holds_up_nobody(gateway: FakeGateway, kind: str) -> None:
    with Handle(kind, gateway.address) as client:
        gateway.hold()
        first = client.start("pay", pay_request(0))
        gateway.wait_for_calls(1)
        with pytest.raises(MedSettleError) as raised:
            client.do("pay", pay_request(1), deadline_s=0.05)
        assert (raised.value.code, raised.value.reason) == (CODE.DEADLINE_EXCEEDED, "")
        after = client.start("pay", pay_request(2))
        gateway.release()
        assert {first.result(WAIT_S).order_id, after.result(WAIT_S).order_id} == {"o0", "o2"}
        assert client.do("pay", pay_request(3)).order_id == "o3"
    assert all("req-1" not in call.request_ids for call in gateway.calls)


@KINDS
def test_calls_are_spread_over_connections_of_their_own(gateway: FakeGateway, kind: str) -> None:
    with Handle(kind, gateway.address, connections=3) as client:
        for _ in range(6):
            client.do("call", "PaymentService/GetOrder", pb.GetOrderRequest(order_id="o1"))
        gateway.hold()
        answers = []
        for number in range(3):  # a connection each
            answers.append(client.start("pay", pay_request(number)))
            gateway.wait_for_calls(7 + number)
        gateway.release()
        assert [answer.result(WAIT_S).order_id for answer in answers] == ["o0", "o1", "o2"]
    assert len({call.peer for call in gateway.calls}) == 3


@KINDS
def test_payments_of_two_parties_never_join(gateway: FakeGateway, kind: str) -> None:
    with Handle(kind, gateway.address) as client:
        other = client.client.as_party("mst_other")
        gateway.hold()
        answers = [client.start("pay", pay_request(0)), client.start("pay", pay_request(1), client=other)]
        gateway.wait_for_calls(2)
        gateway.release()
        assert [answer.result(WAIT_S).order_id for answer in answers] == ["o0", "o1"]
    assert {(call.request_ids, call.token) for call in gateway.calls} == {
        (("req-0",), "Bearer mst_test"),
        (("req-1",), "Bearer mst_other"),
    }


@KINDS
def test_an_observer_hears_of_every_attempt(gateway: FakeGateway, kind: str) -> None:
    heard: list[tuple[str, str]] = []

    def observe(method: str, seconds: float, error: MedSettleError | None) -> None:
        assert 0 < seconds < WAIT_S
        heard.append((method, error.reason if error else "answered"))

    gateway.faults = [OVERLOADED]
    with Handle(kind, gateway.address, observe=observe) as client:
        client.do("pay", pay_request(1))
    assert heard == [("PaymentService/Pay", "OVERLOADED"), ("PaymentService/Pay", "answered")]


@KINDS
def test_streams_are_read_to_their_end_and_fail_as_calls_do(gateway: FakeGateway, kind: str) -> None:
    with Handle(kind, gateway.address) as client:
        events = client.read_all("PaymentService/WatchOrders", pb.WatchOrdersRequest())
        assert [event.cursor for event in events] == ["1", "2"]
        gateway.faults = [Fault(CODE.INVALID_ARGUMENT, "CURSOR_INVALID")]
        with pytest.raises(MedSettleError, match="CURSOR_INVALID"):
            client.read_all("PaymentService/WatchOrders", pb.WatchOrdersRequest(cursor="?"))


@KINDS
@pytest.mark.parametrize(
    ("name", "method", "hint"),
    [
        ("call", "PaymentService/Steal", "no rpc"),
        ("call", "PaymentService/WatchOrders", r"read\(\)"),
        ("send", "PaymentService/Pay", r"call\(\)"),
        ("call", "OperatorService/ImportPersons", r"send\(\)"),
    ],
)
def test_an_rpc_that_is_not_there_is_named(gateway: FakeGateway, kind: str, name: str, method: str, hint: str) -> None:
    with Handle(kind, gateway.address) as client, pytest.raises(ValueError, match=hint):
        client.do(name, method, [])


@KINDS
def test_a_closed_client_says_so(gateway: FakeGateway, kind: str) -> None:
    with Handle(kind, gateway.address) as client:
        client.do("close")
        with pytest.raises(MedSettleError, match="closed") as raised:
            client.do("pay", pay_request(1))
    assert raised.value.code == CODE.CANCELLED
    assert not gateway.calls


@KINDS
def test_a_gateway_that_is_not_there_is_asked_for_as_long_as_allowed(kind: str) -> None:
    retry = Retry(attempts_max=3, deadline_s=WAIT_S, backoff_ms=0, backoff_max_ms=0)
    with FakeGateway() as gone:
        address = gone.address
    with Handle(kind, address, retry=retry) as client, pytest.raises(MedSettleError) as raised:
        client.do("pay", pay_request(1))
    assert (raised.value.code, raised.value.reason, raised.value.retryable) == (CODE.UNAVAILABLE, "", True)


def test_an_error_can_be_copied_and_carried() -> None:
    error = MedSettleError(CODE.ABORTED, "QUOTE_CHANGED", "quote anew", {"field": "quote_digest"}, 7)
    for other in (copy.copy(error), pickle.loads(pickle.dumps(error))):
        assert (str(other), vars(other)) == (str(error), vars(error))
