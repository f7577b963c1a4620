"""A disk that is full: SQLite's own refusal, with every work of the batch told and none of it kept."""

import asyncio
from pathlib import Path

from gateway.errors import Refusal
from gateway.pb.medsettle.v1 import payment_service_pb2 as pb
from gateway.reasons import Reason
from gateway.verify import open_store
from tests.gateway_kit import Kit, credit, running_gateway
from tests.verify_kit import findings_in


def set_pages_max(kit: Kit, spare: int) -> None:
    """Lets the file grow by so many pages more, as a disk with so much space would."""
    (pages,) = kit.store._db.execute("PRAGMA page_count").fetchone()
    kit.store._db.execute(f"PRAGMA max_page_count = {pages + spare}")


async def fill_the_disk(path: str) -> tuple[list[pb.PayRequest], list[object]]:
    """Works that come while the disk is full, repeated once there is space; gives requests and first answers."""
    async with running_gateway(path) as kit:
        await kit.furnish()
        await kit.post_credits(credit(1, 500_000))
        binding_id = await kit.bind()
        orders = [await kit.create_order(1_000 + number, binding_id) for number in range(40)]
        requests = [await kit.pay_request(order_id, binding_id, use_account=False) for order_id in orders]
        for request in requests:
            quote = await kit.call(
                "PaymentService/QuoteOrder",
                pb.QuoteOrderRequest(order_id=request.order_id, binding_id=binding_id),
                party="wallet",
            )
            request.quote_digest, request.cash_due_fen = quote.quote_digest, quote.cash_due_fen
            request.cash_receipt.receipt_no = request.request_id
            request.cash_receipt.amount_fen = quote.cash_to_collect_fen
            request.cash_receipt.paid_at_ms = kit.clock.now_ms()
        set_pages_max(kit, 0)
        pays = [kit.call("PaymentService/Pay", request, party="wallet") for request in requests]
        answers = await asyncio.gather(*pays, return_exceptions=True)
        written = kit.store._db.execute("SELECT count(*) FROM events WHERE kind = 4").fetchone()[0]
        assert written == sum(not isinstance(answer, Refusal) for answer in answers)
        set_pages_max(kit, 10_000)
        for request, answer in zip(requests, answers, strict=True):
            again = await kit.call("PaymentService/Pay", request, party="wallet")
            assert again.status == pb.PAY_STATUS_PAID
            assert again.replayed == (not isinstance(answer, Refusal)), "refused: executed now; answered: repeated"
        return requests, answers


def test_a_full_disk_refuses_whole_batches_and_loses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    requests, answers = asyncio.run(fill_the_disk(str(path)))
    refused = [answer for answer in answers if isinstance(answer, Refusal)]
    assert {refusal.reason for refusal in refused} == {Reason.STORE_UNAVAILABLE}
    assert refused, "the payments fitted into the pages that the file had"
    assert findings_in(path) == []
    db = open_store(path)
    assert db.execute("SELECT count(*) FROM receipts").fetchone() == (len(requests),)
    db.close()
