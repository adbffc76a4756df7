"""A plan and its results as text."""

from __future__ import annotations

from collections.abc import Iterator

from loglake_cli.deploy.change_sets.changes import Change
from loglake_cli.deploy.change_sets.stack_events import short_type
from loglake_cli.deploy.place import Place
from loglake_cli.operations.deploying.plan import Plan, amounts, drift_of
from loglake_cli.wording import counted

COLUMNS = ("stack", "action", "resources")


def heading(place: Place, prefix: str) -> str:
    """The place of the deployment, and the caller."""
    return (
        f"loglake with the prefix {prefix}, in account {place.account}, Region {place.region} (partition "
        f"{place.partition}), as {place.caller}"
    )


def rows(plan: Plan) -> list[list[str]]:
    """A line for each stack."""
    return [
        [each.stack_name, each.kind, amounts(each.changes) or ("" if each.kind == "unchanged" else "-")]
        for each in plan.stacks
    ]


def details(plan: Plan) -> Iterator[str]:
    """The changes of existing stacks, and notes; nothing for a new stack."""
    for each in plan.stacks:
        if each.note:
            yield f"{each.stack_name}: {each.note}"
        for setting in each.settings:
            before = "" if setting.before is None else f"{setting.before or 'empty'} -> "
            yield f"{each.stack_name}: {setting.name} {before}{setting.after or 'empty'}"
        for change in each.changes:
            if each.kind != "create" or change.action == "Import":
                yield f"{each.stack_name}: {_change(change)}"
        for change in each.drift:
            yield f"{each.stack_name}: {_named(change)} {drift_of(change)}. That stays; --revert-drift undoes it."
    if plan.uploads:
        size = sum(plan.uploads.values())
        yield f"To upload to the control bucket: {counted(len(plan.uploads), 'file')}, {size / 1e6:,.1f} MB"
    for name in plan.kept_forever if plan.shared_log_days else ():
        days = counted(plan.shared_log_days, "day")
        yield f"{name}: its events are deleted after {days}, those of other teams too (shared_log_days)"
    if plan.kept_forever and not plan.shared_log_days:
        yield (
            f"Left alone: {', '.join(plan.kept_forever)}. CloudWatch keeps their events forever, and bills them. All "
            "Glue jobs of the account write there; `shared_log_days: 90` in the settings file would limit them."
        )


def _change(change: Change) -> str:
    causes = f" ({', '.join(change.causes)})" if change.causes else ""
    name = f" {change.physical_id}" if change.physical_id and change.loses_data else ""
    return f"{_named(change)}{name} is {change.effect}{causes}"


def _named(change: Change) -> str:
    return f"{change.logical_id} ({short_type(change.type)})"
