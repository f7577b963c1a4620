"""SipHash against the reference's vectors, and a message's fields cut along its wire format."""

import pytest

from core.wire.fingerprint import ENTRY_SIZE, field_hashes, text_hash
from gateway.pb.medsettle.v1 import payment_service_pb2, types_pb2

KEY = bytes(range(16))
LENGTH_DELIMITED = 2


def sip_64(text: bytes) -> bytes:
    """The 64-bit hash of a text that is a field's bytes: tag of field 1, length, and the rest."""
    (entry,) = [field_hashes(KEY, text, 99)]
    return entry[2:]


def test_the_reference_vectors_of_the_128_bit_form() -> None:
    vectors = {
        0: "a3817f04ba25a8e66df67214c7550293",
        1: "da87c1d86b99af44347659119b22fc45",
        15: "5493e99933b0a8117e08ec0f97cfc3d9",
    }
    for size, wanted in vectors.items():
        assert text_hash(KEY, bytes(range(size))).hex() == wanted


def test_a_reference_vector_of_the_64_bit_form() -> None:
    # 00 01 02 .. is no message, so a field whose bytes are hashed by the independent implementation below.
    message = b"\x0a\x0d" + bytes(range(13))
    assert sip_64(message) == plain_siphash(KEY, message)
    assert plain_siphash(KEY, bytes(range(15))).hex() == "e545be4961ca29a1"
    assert plain_siphash(KEY, b"").hex() == "310e0edd47db6f72"


def plain_siphash(key: bytes, text: bytes) -> bytes:
    """SipHash-2-4 of 64 bits, written from the paper in plain Python."""
    mask = (1 << 64) - 1
    k0, k1 = int.from_bytes(key[:8], "little"), int.from_bytes(key[8:], "little")
    v = [k0 ^ 0x736F6D6570736575, k1 ^ 0x646F72616E646F6D, k0 ^ 0x6C7967656E657261, k1 ^ 0x7465646279746573]

    def turn(value: int, count: int) -> int:
        return (value << count | value >> (64 - count)) & mask

    def rounds(count: int) -> None:
        for _ in range(count):
            for a, b, by in ((0, 1, 13), (2, 3, 16)):
                v[a] = (v[a] + v[b]) & mask
                v[b] = turn(v[b], by) ^ v[a]
            v[0] = turn(v[0], 32)
            for a, b, by in ((0, 3, 21), (2, 1, 17)):
                v[a] = (v[a] + v[b]) & mask
                v[b] = turn(v[b], by) ^ v[a]
            v[2] = turn(v[2], 32)

    padded = text + bytes(7 - len(text) % 8) + bytes([len(text) & 255])
    for at in range(0, len(padded), 8):
        word = int.from_bytes(padded[at : at + 8], "little")
        v[3] ^= word
        rounds(2)
        v[0] ^= word
    v[2] ^= 0xFF
    rounds(4)
    return (v[0] ^ v[1] ^ v[2] ^ v[3]).to_bytes(8, "little")


def entries(message: bytes, left_out: int = 1) -> dict[int, bytes]:
    hashes = field_hashes(KEY, message, left_out)
    assert len(hashes) % ENTRY_SIZE == 0
    return {int.from_bytes(hashes[at : at + 2], "big"): hashes[at + 2 : at + 10] for at in range(0, len(hashes), 10)}


def test_every_field_that_is_there_has_an_entry_of_its_own() -> None:
    request = payment_service_pb2.PayRequest(
        request_id="r", order_id="o1", binding_id="b1", cash_due_fen=5, quote_digest="q", use_account=True,
        cash_receipt=types_pb2.CashReceipt(receipt_no="R1", amount_fen=5),
    )  # fmt: skip
    numbers = {field.number for field, _ in request.ListFields()}
    first = entries(request.SerializeToString(deterministic=True))
    assert first.keys() == numbers - {1}
    request.request_id = "other"
    assert entries(request.SerializeToString(deterministic=True)) == first
    request.cash_receipt.amount_fen = 6
    second = entries(request.SerializeToString(deterministic=True))
    changed = request.DESCRIPTOR.fields_by_name["cash_receipt"].number
    assert {number for number in first if first[number] != second[number]} == {changed}


def test_the_values_of_a_repeated_field_are_hashed_together_and_in_their_order() -> None:
    def bill(*titles: str) -> bytes:
        lines = [types_pb2.OrderLine(item_name=title) for title in titles]
        return payment_service_pb2.CreateOrderRequest(request_id="r", lines=lines).SerializeToString(deterministic=True)

    assert len(entries(bill("a", "b"))) == 1
    assert len({frozenset(entries(bill(*names)).items()) for names in (("a", "b"), ("b", "a"), ("ab",))}) == 3


@pytest.mark.parametrize(
    "damaged",
    [b"\x0a", b"\x0a\x05abc", b"\x08", b"\x08\xff", b"\x09abc", b"\x0d\x00", b"\x0e", b"\x00\x00", b"\xff" * 11,
     b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"],
)  # fmt: skip
def test_bytes_that_are_no_message_are_refused(damaged: bytes) -> None:
    with pytest.raises(ValueError):
        field_hashes(KEY, damaged, 99)


def unknown(*parts: bytes) -> bytes:
    """A request with fields that the contract does not have, as protobuf hands it on."""
    request = payment_service_pb2.PayRequest.FromString(b"".join(parts))
    return request.SerializeToString(deterministic=True)


# A 1 in field 4,194,303, in the last that there is, and in field 2 of a group 100.
FAR, FARTHEST, GROUP = b"\xf8\xff\xff\x0f\x01", b"\xf8\xff\xff\xff\x0f\x01", b"\xa3\x06\x10\x01\xa4\x06"


@pytest.mark.parametrize("tail", [FAR, FARTHEST, GROUP, FAR + GROUP + FAR])
def test_whatever_protobuf_takes_has_entries_that_differ_as_it_does(tail: bytes) -> None:
    other = tail.replace(b"\x01", b"\x02")
    assert unknown(tail) == tail and unknown(other) == other
    assert entries(tail) != entries(other)


def test_runs_past_the_last_entry_count_as_one() -> None:
    runs = [b"\x08\x01" if number % 2 else b"\x10\x01" for number in range(300)]
    whole = field_hashes(KEY, b"".join(runs), 99)
    assert len(whole) == 256 * ENTRY_SIZE
    for at, same in ((0, 0), (254, 254), (256, 255), (299, 255)):
        changed = [*runs]
        changed[at] = runs[at][:1] + b"\x02"
        other = field_hashes(KEY, b"".join(changed), 99)
        starts = range(0, len(whole), ENTRY_SIZE)
        differing = [
            start for start in starts if whole[start : start + ENTRY_SIZE] != other[start : start + ENTRY_SIZE]
        ]
        assert differing == [same * ENTRY_SIZE]


def test_a_wrong_key_is_refused() -> None:
    for call in (lambda: text_hash(b"short", b""), lambda: field_hashes(b"short", b"", 1)):
        with pytest.raises(ValueError):
            call()
