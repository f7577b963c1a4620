"""Who is who: parties by token, institutions, channels' and institutions' texts by their numbers.

Small and read on every call, so it lives in memory. The pipeline's thread replaces entries after a commit; the event
loop reads them. Each replacement is one assignment, so a reader sees the old entry or the new one.
"""

from gateway.stores.base import InstitutionRow, PartyRow, Store

__all__ = ["Directory", "InstitutionRow", "PartyRow"]


class Directory:
    """Parties and institutions as the store has them."""

    def __init__(self) -> None:
        self._parties: dict[int, PartyRow] = {}
        self._party_keys_by_token: dict[bytes, int] = {}
        self._institutions: dict[int, InstitutionRow] = {}

    @classmethod
    def load(cls, store: Store) -> "Directory":
        """Reads all of it."""
        directory = cls()
        for party in store.parties():
            directory.put_party(party)
        for institution in store.institutions():
            directory.put_institution(institution)
        return directory

    def put_party(self, row: PartyRow) -> None:
        """Adds or replaces a party; a token that it no longer has stops working."""
        before = self._parties.get(row.party_key)
        self._parties[row.party_key] = row
        self._party_keys_by_token[row.token_hash] = row.party_key
        if before is not None and before.token_hash != row.token_hash:
            self._party_keys_by_token.pop(before.token_hash, None)

    def put_institution(self, row: InstitutionRow) -> None:
        """Adds or replaces an institution."""
        self._institutions[row.institution_key] = row

    def party(self, party_key: int) -> PartyRow | None:
        """A party by its number."""
        return self._parties.get(party_key)

    def party_of_token(self, token_hash: bytes) -> PartyRow | None:
        """The party that a bearer token belongs to."""
        party_key = self._party_keys_by_token.get(token_hash)
        return None if party_key is None else self._parties.get(party_key)

    def parties(self) -> list[PartyRow]:
        """All parties, by id."""
        return sorted(self._parties.values(), key=lambda row: row.party_id)

    def institution(self, institution_key: int) -> InstitutionRow | None:
        """An institution by its number."""
        return self._institutions.get(institution_key)

    def institutions(self, party_key: int | None = None) -> list[InstitutionRow]:
        """All institutions, or those of a party, by id."""
        rows = [row for row in self._institutions.values() if party_key is None or row.party_key == party_key]
        return sorted(rows, key=lambda row: row.institution_id)

    def party_id(self, party_key: int) -> str:
        """A party's id, or the empty text for nobody."""
        row = self._parties.get(party_key)
        return row.party_id if row else ""

    def institution_key(self, institution_id: str) -> int:
        """The key of an institution by its outside id; 0 for nobody's."""
        found = (row.institution_key for row in self.institutions() if row.institution_id == institution_id)
        return next(found, 0)

    def institution_id(self, institution_key: int) -> str:
        """An institution's id, or the empty text for none."""
        row = self._institutions.get(institution_key)
        return row.institution_id if row else ""
