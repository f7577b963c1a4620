"""Where a part of a case's rule stands: its place in the policy document, and the legal text behind it."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from core.reference.documents import defaults_for_unknown, in_force

Document = dict[str, Any]


class Origin(NamedTuple):
    """The place of a rule; empty texts where nothing is known."""

    path: str  # in the document, for instance schemes.employee.inpatient[0].ratio
    document: str = ""  # number of the legal document
    provenance: str = ""  # how sure that is
    effective_from: str = ""  # YYYY-MM-DD

    def below(self, path: str) -> "Origin":
        """The same rule at a place inside of it."""
        return self._replace(path=f"{self.path}{path}")


NOWHERE = Origin("")


class Origins:
    """Finds the places of one case's rule, in the order in which they count: what holds away from home, the case's
    override, its version, the version it is as, the defaults."""

    def __init__(self, case: Document, regions: Mapping[str, Document]) -> None:
        self._override: Document = case.get("rule_override") or {}
        date = self._override.get("version_date", case["service_date"])
        document = regions.get(case["insured_region"])
        if document is None:  # an override makes the rule of a region that nobody has a policy of
            document = defaults_for_unknown(regions)
        schemes: Document = document.get("schemes", {})
        self._scheme: Document = schemes.get(case["scheme"], {})
        self._at = f"schemes.{case['scheme']}"
        self._document = document
        self._layers: list[tuple[str, Document, Document]] = []  # path, parts of a rule, what it says of itself
        if self._override:
            self._layers.append(("rule_override", self._override, {}))
        for path, version in self._versions(case["service"], str(date)):
            self._layers.append((path, version, version))
        self._layers.append(("defaults", document.get("defaults", {}), {}))
        self._away(case)

    def _versions(self, service: str, date: str) -> Iterator[tuple[str, Document]]:
        versions = self._scheme.get(service, [])
        for version in in_force(versions, date)[:1]:
            yield f"{self._at}.{service}[{versions.index(version)}]", version
            if "same_as" in version:
                yield from self._versions(version["same_as"], date)

    def _away(self, case: Document) -> None:
        """A table of its own for such a referral counts before everything else."""
        home, there, referral = case["insured_region"], case["treatment_region"], case["referral"]
        if home == there or referral == "local":
            return
        area = "in_province" if home[:2] == there[:2] else "out_of_province"
        entries: list[Document] = next(
            (holder["cross_region"] for _, holder in self._changes() if holder.get("cross_region") is not None), []
        )
        for entry in entries:
            fits = entry["services"] == "all" or case["service"] in entry["services"]
            if entry["area"] in ("any", area) and fits:
                change = entry.get(referral)
                if entry["shape"] == "own_table" and change is not None:
                    self._layers.insert(0, (self.change(entry, referral).path, change, entry))
                return

    def _changes(self) -> tuple[tuple[str, Document], ...]:
        return (("rule_override", self._override), (self._at, self._scheme), ("", self._document))

    def part(self, name: str, key: str = "") -> Origin:
        """A part of the service's rule, by the first layer that says something of it, or of a key in it."""
        for path, layer, rule in self._layers:
            part = layer.get(name)
            if name in layer and (not key or (isinstance(part, dict) and key in part)):
                return _origin(f"{path}.{name}", rule, part)
        return self.part(name) if key else NOWHERE

    def stage(self, entry: Document) -> Origin:
        """A second stage."""
        for path, entries in (("rule_override", self._override.get("major")), (self._at, self._scheme.get("major"))):
            for index, one in enumerate(entries or []):
                if one is entry:
                    return _origin(f"{path}.major[{index}]", one, None)
        return NOWHERE

    def change(self, entry: Document, referral: str) -> Origin:
        """What changes the rule away from home."""
        for path, holder in self._changes():
            for index, one in enumerate(holder.get("cross_region") or []):
                if one is entry:
                    place = f"cross_region[{index}].{referral}"
                    return _origin(f"{path}.{place}" if path else place, one, None)
        return NOWHERE


def _origin(path: str, rule: Document, part: Any) -> Origin:
    """The part's own remarks where it has some, else those of the rule it is in."""
    own = part if isinstance(part, dict) else {}
    document, provenance = (own.get(name) or rule.get(name) for name in ("document", "provenance"))
    return Origin(path, document or "", provenance or "", rule.get("effective_from") or "")
