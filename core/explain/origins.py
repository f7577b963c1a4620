"""Where a part of a case's rule stands: its place in the policy document, and the legal text behind it."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from core.reference.documents import in_force

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
    """Finds the places of one case's rule."""

    def __init__(self, case: Document, regions: Mapping[str, Document]) -> None:
        self._override: Document = case.get("rule_override") or {}
        date = self._override.get("version_date", case["service_date"])
        document = regions.get(case["insured_region"], {})
        schemes: Document = document.get("schemes", {})
        self._scheme: Document = schemes.get(case["scheme"], {})
        self._at = f"schemes.{case['scheme']}"
        self._document = document
        self._own = self._version(case["service"], date)
        named = self._own[1].get("same_as") if self._own else None
        self._named = self._version(named, date) if named else None

    def _version(self, service: str, date: str) -> tuple[str, Document] | None:
        versions = self._scheme.get(service, [])
        for version in in_force(versions, date):
            return f"{self._at}.{service}[{versions.index(version)}]", version
        return None

    def part(self, name: str) -> Origin:
        """A part of the service's rule: from the case's override, its version, the one it is as, or the defaults."""
        if name in self._override:
            return Origin(f"rule_override.{name}")
        for found in (self._own, self._named):
            if found and name in found[1]:
                return _origin(f"{found[0]}.{name}", found[1], found[1].get(name))
        value = self._document.get("defaults", {}).get(name)
        return _origin(f"defaults.{name}", {}, value) if value is not None else NOWHERE

    def stage(self, entry: Document) -> Origin:
        """A second stage."""
        for path, entries in (("rule_override", self._override.get("major")), (self._at, self._scheme.get("major"))):
            for index, one in enumerate(entries or []):
                if one is entry:
                    return _origin(f"{path}.major[{index}]", one, None)
        return NOWHERE

    def change(self, entry: Document, referral: str) -> Origin:
        """What changes the rule away from home."""
        places = (
            ("rule_override", self._override),
            (self._at, self._scheme),
            ("", self._document),
        )
        for path, holder in places:
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
