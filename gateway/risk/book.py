"""The risk policies of a gateway: compiled once each, and set in the core by their roles."""

import hashlib
from typing import Any

import orjson

from core.ledger import Ledger
from core.risk.assessing import Assessor
from core.risk.bundle import BundleError, read_bundle
from core.risk.documents import DocumentError
from core.risk.meanings import FEATURES
from core.risk.policy import RiskPolicy
from gateway.errors import Refusal
from gateway.pb.medsettle.v1 import enums_pb2
from gateway.reasons import Reason
from gateway.stores.risk_rows import RiskActivationRow, RiskReads

_NO_ACTIVATION = RiskActivationRow(0, 0, 0, 0, 0, 0)


class RiskBook:
    """Policies by id, and what each role has in force. For the pipeline's thread."""

    def __init__(self, ledger: Ledger) -> None:
        self._assessor = ledger.assessor
        self._policies: dict[int, RiskPolicy] = {}
        self._defaults: dict[int, list[tuple[str, int]]] = {}
        self.roles: dict[int, RiskActivationRow] = {}

    @property
    def assessor(self) -> Assessor:
        """The core's.

        Raises:
            Refusal: RISK_OFF.
        """
        if self._assessor is None:
            raise Refusal(Reason.RISK_OFF)
        return self._assessor

    def load(self, store: RiskReads) -> None:
        """Puts in force what was in force when the store was last written."""
        if self._assessor is not None:
            for row in store.risk_activations():
                self.set_role(store, row)

    def policy(self, store: RiskReads, risk_policy_id: int) -> RiskPolicy:
        """A stored policy, compiled.

        Raises:
            Refusal: RISK_POLICY_NOT_FOUND.
        """
        if risk_policy_id not in self._policies:
            row = next((one for one in store.risk_policies() if one.risk_policy_id == risk_policy_id), None)
            if row is None:
                raise Refusal(Reason.RISK_POLICY_NOT_FOUND, field="risk_policy_id")
            policy, defaults = compiled(store, orjson.loads(row.document), risk_policy_id)
            self._policies[risk_policy_id], self._defaults[risk_policy_id] = policy, defaults
        return self._policies[risk_policy_id]

    def model_defaults(self, risk_policy_id: int) -> list[tuple[str, int]]:
        """The features of a compiled policy's model, each with its usual value; none without a model."""
        return self._defaults.get(risk_policy_id, [])

    def set_role(self, store: RiskReads, row: RiskActivationRow) -> None:
        """Puts a policy in force in a role from the next batch on."""
        if row.risk_policy_id:
            self.policy(store, row.risk_policy_id)
        self.roles[row.role] = row
        live, challenger, shadow = (
            self.roles.get(role, _NO_ACTIVATION)
            for role in (
                enums_pb2.RISK_POLICY_ROLE_LIVE,
                enums_pb2.RISK_POLICY_ROLE_CHALLENGER,
                enums_pb2.RISK_POLICY_ROLE_SHADOW,
            )
        )
        self.assessor.set_policies(
            self._policies.get(live.risk_policy_id),
            self._policies.get(challenger.risk_policy_id),
            challenger.share_permille,
            self._policies.get(shadow.risk_policy_id),
        )


def compiled(
    store: RiskReads, document: dict[str, Any], risk_policy_id: int
) -> tuple[RiskPolicy, list[tuple[str, int]]]:
    """A policy document with its model, and the model's features with their usual values.

    Raises:
        Refusal: RISK_POLICY_INVALID, RISK_MODEL_NOT_FOUND, RISK_MODEL_INVALID.
    """
    model = document.get("model") if isinstance(document, dict) else None
    forest, defaults = None, []
    try:
        if isinstance(model, dict) and isinstance(model.get("sha256"), str):
            bundle = store.risk_model(model["sha256"])
            if bundle is None:
                raise Refusal(Reason.RISK_MODEL_NOT_FOUND, sha256=model["sha256"])
            parsed = parsed_bundle(bundle)
            forest = read_bundle(parsed, FEATURES)
            defaults = [(one["name"], one["default"]) for one in parsed["features"]]
        return RiskPolicy(document, risk_policy_id, forest), defaults
    except DocumentError as error:
        raise Refusal(Reason.RISK_POLICY_INVALID, str(error), path=error.path) from error
    except BundleError as error:
        raise Refusal(Reason.RISK_MODEL_INVALID, str(error), field="document") from error


def parsed_bundle(document: bytes) -> dict[str, Any]:
    """A model bundle as parsed JSON.

    Raises:
        BundleError: it is none.
    """
    try:
        bundle = orjson.loads(document)
    except orjson.JSONDecodeError as error:
        raise BundleError(f"is not JSON: {error}") from error
    if not isinstance(bundle, dict):
        raise BundleError("is no JSON object")
    return bundle


def digest_of(document: bytes) -> str:
    """What documents and bundles are known by: SHA-256 of their bytes, in hex."""
    return hashlib.sha256(document).hexdigest()
