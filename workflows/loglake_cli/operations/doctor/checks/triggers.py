"""Whether the triggers of the workflows fire, and start what they should."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from loglake_cli.operations.doctor.account import Account, Shape
from loglake_cli.operations.doctor.finding import Finding, check, problem

_FIRING = {"CONDITIONAL": ("ACTIVATED",), "EVENT": ("CREATED", "ACTIVATED")}
"""The states in which a trigger of a type fires. A CONDITIONAL one that stays CREATED never does; an EVENT one is not
started, so CREATED is how it works."""


@check(
    "triggers-fire",
    "Each trigger is in the state in which it fires: CONDITIONAL ones ACTIVATED, EVENT ones CREATED.",
    "A trigger in another state never fires, and nothing reports it: what comes after it never runs.",
)
def fire(account: Account) -> Iterator[Finding]:
    """The state of each trigger that the template has."""
    for name, wanted, trigger in _triggers(account):
        if trigger is None:
            yield problem(name, f"The trigger {name} is not there.", account.redeploy)
        elif trigger["Type"] == wanted["Type"] and trigger["State"] not in _FIRING[wanted["Type"]]:
            again = "aws glue start-trigger --name {0}"
            if wanted["Type"] == "EVENT":
                again = f"{account.redeploy}  # after aws glue delete-trigger --name {{0}}"
            yield problem(name, f"The {wanted['Type']} trigger {name} is {trigger['State']}.", again.format(name))


@check(
    "triggers-start",
    "Each trigger belongs to its workflow, waits for what it should, and starts what it should.",
    "A trigger that starts something else, or waits for a state that never comes, ends the chain unseen.",
)
def start(account: Account) -> Iterator[Finding]:
    """Workflow, type, actions and predicate of each trigger, as in the template."""
    for name, wanted, trigger in _triggers(account):
        if trigger is None:
            continue
        for what in ("Type", "WorkflowName", "Actions", "Predicate"):
            have, want = _plain(what, trigger.get(what)), _plain(what, wanted.get(what))
            if have != want:
                yield problem(
                    name,
                    f"{what} of the trigger {name} is {have}, and should be {want}.",
                    f"{account.redeploy}  # puts back what was changed beside the stack",
                )


def _triggers(account: Account) -> Iterator[tuple[str, Mapping[str, Any], Shape | None]]:
    for resource in account.expected.of_type("AWS::Glue::Trigger"):
        name = resource.properties["Name"]
        found = account.reader.found("glue", "GetTrigger", Name=name)
        yield name, resource.properties, found and found["Trigger"]


def _plain(what: str, value: Any) -> Any:
    """A member in a form that can be compared and read."""
    if what == "Actions":
        return sorted(action.get("JobName") or action.get("CrawlerName", "") for action in value or [])
    if what == "Predicate" and value:
        waits = (
            f"{each.get('JobName') or each.get('CrawlerName')} {each.get('State') or each.get('CrawlState')}"
            for each in value["Conditions"]
        )
        return f"{value.get('Logical', 'AND')} of {', '.join(sorted(waits))}"
    return value or None


CHECKS = (fire, start)
