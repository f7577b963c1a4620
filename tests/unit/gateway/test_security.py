"""Secrets and request keys: nothing readable is kept, and a repeat is told from another request."""

from pathlib import Path

import pytest

from gateway.pb.medsettle.v1.payment_service_pb2 import CreateOrderRequest
from gateway.security.request_key import request_key
from gateway.security.secrets import Secrets, SecretUnusable

SECRET = b"s" * 32


def bill(**changes: object) -> CreateOrderRequest:
    """A request with a few fields of every kind."""
    request = CreateOrderRequest(request_id="r1", title="Visit", total_fen=100, kind=1)
    request.lines.add(line_no="1", amount_fen=100)
    request.references.invoice_no = "I-1"
    for name, value in changes.items():
        setattr(request, name, value)
    return request


def test_the_same_request_has_the_same_key() -> None:
    assert request_key(SECRET, 1, "CreateOrder", bill()) == request_key(SECRET, 1, "CreateOrder", bill())


@pytest.mark.parametrize(("changes", "field"), [
    ({"title": "Other"}, "title"), ({"total_fen": 101}, "total_fen"), ({"kind": 0}, "kind"),
    ({"terminal": "T1"}, "terminal"),
])  # fmt: skip
def test_another_body_names_the_first_field_that_differs(changes: dict[str, object], field: str) -> None:
    ours, theirs = request_key(SECRET, 1, "CreateOrder", bill(**changes)), request_key(SECRET, 1, "CreateOrder", bill())
    assert ours.request_key == theirs.request_key
    assert ours.first_difference(theirs.fields) == field


def test_a_difference_inside_a_line_is_seen() -> None:
    changed = bill()
    changed.lines[0].amount_fen = 99
    ours, theirs = request_key(SECRET, 1, "CreateOrder", changed), request_key(SECRET, 1, "CreateOrder", bill())
    assert ours.first_difference(theirs.fields) == "lines"


def test_parties_methods_and_secrets_keep_ids_apart() -> None:
    keys = {
        request_key(secret, party, method, bill()).request_key
        for secret in (SECRET, b"t" * 32)
        for party in (1, 2)
        for method in ("CreateOrder", "Pay")
    }
    assert len(keys) == 8


def test_codes_have_their_shape_and_differ() -> None:
    secrets = Secrets(SECRET)
    assert len(secrets.binding_code(5)) == 6
    assert len(secrets.pay_code(5)) == len(secrets.order_code(5)) == 28
    assert secrets.pay_code(5) != secrets.pay_code(6)
    assert (secrets.pay_code(5) + secrets.order_code(5) + secrets.binding_code(5)).isdigit()
    assert secrets.party_token("wallet-a", 1) != secrets.party_token("wallet-a", 2)


def test_identities_match_as_people_read_them_and_are_keyed() -> None:
    secrets = Secrets(SECRET)
    assert secrets.identity_hash("id", "11010119850302123x") == secrets.identity_hash("id", " 11010119850302123X ")
    assert secrets.identity_hash("id", "1") != secrets.identity_hash("phone", "1")
    assert secrets.identity_hash("id", "1") != Secrets(b"t" * 32).identity_hash("id", "1")


def test_the_secret_file_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    first = Secrets.from_file(path)
    assert Secrets.from_file(path).secret == first.secret
    assert path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("text", ["", "zz", "00" * 31])
def test_an_unusable_secret_file_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "secret"
    path.write_text(text)
    with pytest.raises(SecretUnusable):
        Secrets.from_file(path)
