"""A plan as data and as text: the changes of each stack, the uploads, and what leaves the lake."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from typing import Any

from loglake.aws.ledger_store import DynamoLedger
from loglake.aws.objects import S3ObjectStore
from loglake.core.keys import LANDING
from loglake.core.ports.clock import Clock
from loglake.core.schema.datasets import Datasets
from loglake.errors import NotFoundError
from loglake.pipelines.landing.subscribe import Report
from loglake.pipelines.retention.past import Amount, Past, Places
from loglake_cli.deploy.artifacts import Artifacts
from loglake_cli.deploy.calls import Clients, Place, pages
from loglake_cli.deploy.change_sets.changes import Change
from loglake_cli.deploy.change_sets.stack_events import short_type
from loglake_cli.wording import counted

LEFT_OUT = "left out"
"""What happens to an optional stack that CloudFormation in the Region has not all types for."""


@dataclass(frozen=True)
class Setting:
    """A parameter with a new value; the old one is None if there was none."""

    name: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class StackPlan:
    """The planned changes of a stack.

    Attributes:
        name: behind the prefix.
        kind: create, update, unchanged, remove or left out.
        changes: of its resources.
        settings: parameters that get other values.
        drift: what was changed without CloudFormation, and stays.
        note: further sentences.
    """

    name: str
    stack_name: str
    kind: str
    changes: tuple[Change, ...] = ()
    settings: tuple[Setting, ...] = ()
    note: str = ""
    drift: tuple[Change, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """For ``--json``."""
        return {
            "name": self.name,
            "stack": self.stack_name,
            "action": self.kind,
            "changes": [change.to_json() for change in self.changes],
            "parameters": [asdict(each) for each in self.settings],
            "drift": [change.to_json() for change in self.drift],
            "note": self.note or None,
        }


@dataclass(frozen=True)
class Plan:
    """The planned changes of a deployment.

    Attributes:
        uploads: size in bytes of what the control bucket lacks, by key.
        kept_forever: log groups without a retention that all Glue jobs of the account share.
        shared_log_days: the retention that they get; 0 leaves them alone.
        leaving: what the next run deletes by the retention of the datasets file, by table.
        leaving_unknown: why that is not known; empty if it is.
        filters: what becomes of subscription filters.
    """

    place: Place
    prefix: str
    stacks: tuple[StackPlan, ...]
    uploads: Mapping[str, int]
    kept_forever: tuple[str, ...] = ()
    shared_log_days: int = 0
    leaving: Mapping[str, Amount] = field(default_factory=dict)
    leaving_unknown: str = ""
    filters: Report = field(default_factory=Report)

    @property
    def empty(self) -> bool:
        """Whether there is nothing to do."""
        limits = self.kept_forever and self.shared_log_days
        filters = self.filters.put + self.filters.removed
        return (
            not self.uploads
            and not limits
            and not filters
            and {each.kind for each in self.stacks} <= {"unchanged", LEFT_OUT}
        )

    def to_json(self) -> dict[str, Any]:
        """For ``--json``."""
        return {
            "changes_nothing": self.empty,
            "stacks": [each.to_json() for each in self.stacks],
            "uploads": [{"key": key, "bytes": size} for key, size in self.uploads.items()],
            "shared_log_groups": [{"name": name, "days": self.shared_log_days or None} for name in self.kept_forever],
            "subscription_filters": asdict(self.filters),
            "leaving": {name: dict(amount) for name, amount in self.leaving.items()},
        }


def amounts(changes: Iterable[Change]) -> str:
    """How many resources change in which way, in words; empty if none does."""
    return ", ".join(f"{count} {effect}" for effect, count in Counter(change.effect for change in changes).items())


def drift_of(change: Change) -> str:
    """What happened to a drifted resource, in words."""
    if change.action == "Add":
        return "was deleted without CloudFormation"
    return f"was changed without CloudFormation ({', '.join(change.causes)})"


def missing_objects(s3: Any, artifacts: Artifacts) -> dict[str, int]:
    """Files that the control bucket lacks or has in another size, with their sizes; all without a bucket."""
    sizes = {key: len(body) for key, body in artifacts.objects.items()}
    found: dict[str, int] = {}
    with suppress(NotFoundError):  # there is no bucket yet
        for folder in sorted({f"{key.rpartition('/')[0]}/" for key in sizes}):
            for page in pages(s3, "list_objects_v2", artifacts.bucket, Bucket=artifacts.bucket, Prefix=folder):
                found.update({each["Key"]: each["Size"] for each in page.get("Contents", [])})
    return {key: size for key, size in sizes.items() if found.get(key) != size}


_PARTS = (
    ("partitions", "", "partition", "partitions"),
    ("files", "file_bytes", "file", "files"),
    ("quarantine_files", "", "file of quarantine", "files of quarantine"),
    ("windows", "", "window", "windows"),
    ("raw_objects", "raw_bytes", "raw object", "raw objects"),
)


def leaving(clients: Clients, place: Place, prefix: str, datasets: Datasets, clock: Clock) -> Mapping[str, Amount]:
    """How much leaves with the next run of convert-logs, by table; changes nothing.

    Raises:
        AccessDeniedError: the ledger or a bucket can't be read.
    """
    buckets = (S3ObjectStore(clients("s3"), place.bucket(prefix, name)) for name in ("raw", "lake", "control"))
    lake = Places(DynamoLedger(clients("dynamodb"), f"{prefix}-ledger", clock), *buckets)
    return Past.read(lake, datasets, clock.now_ms()).amounts()


def sentences(amounts: Mapping[str, Amount], unknown: str) -> Iterator[str]:
    """What leaves, a sentence for each table; or why that is unknown."""
    if unknown:
        yield f"What retention_days and delete_raw_after delete is not known: {unknown}"
    for name, amount in amounts.items():
        parts = [
            counted(amount[number], one, many) + (f" of {amount[size] / 1e6:,.1f} MB" if size else "")
            for number, size, one, many in _PARTS
            if amount[number]
        ]
        what = "Landed objects" if name == LANDING else f"Table {name}"
        yield f"{what}: the next run deletes {', '.join(parts)} (retention_days, delete_raw_after)"


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
    yield from plan.filters.sentences("to make", "to delete")
    yield from sentences(plan.leaving, plan.leaving_unknown)


def _change(change: Change) -> str:
    causes = f" ({', '.join(change.causes)})" if change.causes else ""
    name = f" {change.physical_id}" if change.physical_id and change.loses_data else ""
    return f"{_named(change)}{name} is {change.effect}{causes}"


def _named(change: Change) -> str:
    return f"{change.logical_id} ({short_type(change.type)})"
