"""The verb `policy`: policies listed, shown, checked, compared, tested, replayed over what was paid, put in force."""

from typing import Any

from gateway.cli.policy import authoring, check, publish, replay


def register(subparsers: Any) -> None:
    """Adds the verb, its actions and their arguments."""
    parser = subparsers.add_parser(
        "policy",
        help="write, check, replay and activate policies",
        description="Write a policy and prove it by cases (docs/rules/policy-authoring.md); bring it into force: "
        "replay it over what was paid, put it as a draft, activate it with the replay's report "
        "(docs/rules/policy-versions.md).",
    )
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    for action in (authoring, check, replay, publish):
        action.register(actions)
