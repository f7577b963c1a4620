"""The actions `policy put`, `policy activate` and `policy versions`: the bureau's calls to a running gateway."""

import argparse
import hashlib
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gateway.cli.policy.replay import Unusable

EXIT_GOOD = 0
EXIT_REFUSED = 1
EXIT_UNUSABLE = 2  # a file cannot be read, or there is no token

TOKEN_VARIABLE = "MEDSETTLE_TOKEN"
_ADDRESS = "127.0.0.1:50051"

Call = Callable[[argparse.Namespace, Any], None]


def register(actions: Any) -> None:
    """Adds the actions and their arguments."""
    put = add_action(actions, "put", "store a policy file as a draft", run_put)
    put.add_argument("policy", metavar="NEW.json")
    activate = add_action(actions, "activate", "put a draft in force", run_activate)
    activate.add_argument("policy", metavar="NEW.json", help="the file exactly as it was put")
    activate.add_argument(
        "--report",
        metavar="REPORT.json",
        help="what `policy replay --report` kept; not for a region's first version",
    )
    activate.add_argument("--cases", metavar="FILE", help="the file of cases, if the replay was over one")
    activate.add_argument(
        "--accept-unpriced",
        type=int,
        default=0,
        metavar="N",
        help="so many bills of the replay have no price by the draft, and are to be refused from now on (default 0)",
    )
    versions = add_action(actions, "versions", "list a region's versions", run_versions)
    versions.add_argument("region", metavar="REGION", help="6 digits")


def add_action(actions: Any, name: str, does: str, run: Call) -> argparse.ArgumentParser:
    """An action that calls a gateway."""
    parser: argparse.ArgumentParser = actions.add_parser(
        name,
        help=does,
        description=f"{does.capitalize()}, at a running gateway, as the bureau: its token is read from the environment "
        f"({TOKEN_VARIABLE}). Asked again after a lost answer, it changes nothing twice. "
        "Exit status 0: done; 1: refused, and why is on standard error; 2: a file or the token is missing.",
    )
    parser.add_argument(
        "--gateway", metavar="HOST:PORT", default=_ADDRESS, help=f"where it listens, plaintext (default {_ADDRESS})"
    )
    parser.set_defaults(run=lambda args: called(name, run, args))
    return parser


def called(name: str, run: Call, args: argparse.Namespace) -> int:
    """Runs an action with a client; a refusal is one line."""
    from gateway.authoring.files import FileUnusable
    from gateway.client import MedSettleClient, MedSettleError

    token = os.environ.get(TOKEN_VARIABLE, "")
    try:
        if not token:
            raise Unusable(f"set {TOKEN_VARIABLE} to the bureau's token")
        with MedSettleClient(args.gateway, token, connections=1) as client:
            run(args, client)
    except (FileUnusable, Unusable) as error:
        print(f"medsettle policy {name}: {error}", file=sys.stderr)
        return EXIT_UNUSABLE
    except MedSettleError as error:
        print(f"medsettle policy {name}: refused: {error}", file=sys.stderr)
        return EXIT_REFUSED
    return EXIT_GOOD


def run_put(args: argparse.Namespace, client: Any) -> None:
    """Stores a draft. The request's id follows from the text, so that it is one request however often it is sent."""
    from gateway.authoring.files import read
    from gateway.pb.medsettle.v1 import operator_service_pb2 as pb

    path = Path(args.policy)
    document = read(path)
    digest = hashlib.sha256(document).hexdigest()
    request = pb.PutPolicyRequest(document=document, file_name=path.name)
    request.request_id = id_of("put", request)
    answer = client.call("OperatorService/PutPolicy", request)
    print(f"draft: version {answer.policy_version} of region {answer.region_code}, document {digest}")


def run_activate(args: argparse.Namespace, client: Any) -> None:
    """Puts a draft in force."""
    from gateway.authoring.files import read
    from gateway.pb.medsettle.v1 import operator_service_pb2 as pb

    document = read(Path(args.policy))
    digest = hashlib.sha256(document).hexdigest()
    request = pb.ActivatePolicyRequest(
        region_code=region_of(args.policy, document),
        document_digest=digest,
        accept_unpriced_count=accepted(args.accept_unpriced),
    )
    if args.report:
        request.replay.CopyFrom(replay_of(args.report, args.cases))
    request.request_id = id_of("activate", request)
    answer = client.call("OperatorService/ActivatePolicy", request)
    print(f"in force in region {answer.region_code}:")
    show(answer.versions)


def accepted(count: int) -> int:
    """A number of bills, as far as the wire has room for it."""
    if not 0 <= count < 1 << 31:
        raise Unusable("--accept-unpriced is the number of bills that the report says have no price")
    return count


def run_versions(args: argparse.Namespace, client: Any) -> None:
    """Lists a region's versions."""
    from gateway.pb.medsettle.v1 import operator_service_pb2 as pb

    answer = client.call("OperatorService/ListPolicies", pb.ListPoliciesRequest(region_code=args.region))
    show(answer.versions)


def id_of(verb: str, request: Any) -> str:
    """A request's id, which follows from its body: the same once more is answered as before, another is another."""
    return f"{verb}-{hashlib.sha256(request.SerializeToString(deterministic=True)).hexdigest()[:48]}"


def region_of(name: str, document: bytes) -> str:
    """The region that a policy file names."""
    import orjson

    try:
        return str(orjson.loads(document)["region_code"])
    except (ValueError, KeyError, TypeError) as error:
        raise Unusable(f"{name}: is no policy: `medsettle policy check` says why") from error


def replay_of(report_name: str, cases_name: str | None) -> Any:
    """What a kept report says was looked at."""
    import orjson

    from gateway.authoring.files import read
    from gateway.pb.medsettle.v1 import operator_service_pb2 as pb

    try:
        kept = orjson.loads(read(Path(report_name)))
        digest, source = kept["report_digest"], kept["report"]["source"]
        if source["kind"] != "cases":
            counts = {name: source[name] for name in ("order_count", "event_count")}
            return pb.PolicyReplay(report_digest=digest, **counts)
    except (ValueError, KeyError, TypeError) as error:
        raise Unusable(f"{report_name}: is no report of `medsettle policy replay`") from error
    if cases_name is None:
        raise Unusable("the replay was over cases: name their file (--cases FILE)")
    return pb.PolicyReplay(report_digest=digest, cases=read(Path(cases_name)))


def show(versions: Any) -> None:
    """Prints versions, one a line."""
    from gateway.pb.medsettle.v1 import enums_pb2

    for version in versions:
        state = enums_pb2.PolicyState.Name(version.state).removeprefix("POLICY_STATE_").lower().replace("_", " ")
        since = version.effective_from or "its beginning"
        until = version.effective_to or "further notice"
        print(f"  {version.policy_version}: {state}, from {since} to {until}, document {version.document_digest[:12]}")
