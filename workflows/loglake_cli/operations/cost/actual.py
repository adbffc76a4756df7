"""The use of a deployment in the last days, and its cost."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from loglake.core.ledger.row import LedgerRow
from loglake.core.run.outcome import CONVERT, EXPORT
from loglake.core.units import MS_PER_DAY, EpochMs, LogGroupName
from loglake.errors import AccessDeniedError, LoglakeError, NotFoundError
from loglake_cli.deploy.calls import Clients
from loglake_cli.operations.cost.assumptions import values
from loglake_cli.operations.cost.cloud_usage import LOOKS, Account
from loglake_cli.operations.cost.estimate import Part, total
from loglake_cli.operations.cost.glue_usage import ELSEWHERE, WORKFLOWS, Use, used_by_crawls, used_by_jobs
from loglake_cli.operations.cost.workload import DAYS
from loglake_cli.wording import counted


@dataclass(frozen=True)
class Converted:
    """The work for a log group in a time range.

    Attributes:
        windows: converted windows, replaced ones included.
        exports: export tasks of these.
        text_bytes: of their events, each time that they were converted.
        live_bytes: text of the events that these windows have in the table: each event once.
        rows: rows that these windows have in the table.
    """

    windows: int = 0
    exports: int = 0
    text_bytes: int = 0
    live_bytes: int = 0
    rows: int = 0


@dataclass(frozen=True)
class GroupCost:
    """The cost of a log group.

    Attributes:
        usd: its share of the job runs that did something, by exports and by converted text.
    """

    log_group: LogGroupName
    done: Converted
    usd: float

    @property
    def gb(self) -> float:
        """GB of text that came into the table."""
        return self.done.live_bytes / 1e9

    @property
    def usd_per_gb(self) -> float | None:
        """None if there is no text."""
        return self.usd / self.gb if self.gb else None


def converted(rows: Iterable[LedgerRow], since_ms: EpochMs) -> dict[LogGroupName, Converted]:
    """What was converted since a time, by log group. A row has the time of its last change."""
    found: dict[LogGroupName, Converted] = {}
    for row in rows:
        if row.unreadable or row.current is None or row.updated_at_ms < since_ms:
            continue
        before, counts, live = found.get(row.log_group, Converted()), row.current.accounting, row.live is not None
        found[row.log_group] = Converted(
            before.windows + 1,
            before.exports + bool(row.current.task_id),
            before.text_bytes + counts.text_bytes,
            before.live_bytes + (counts.text_bytes if live else 0),
            before.rows + (counts.rows_out if live else 0),
        )
    return found


def divided(done: Mapping[LogGroupName, Converted], export_usd: float, convert_usd: float) -> tuple[GroupCost, ...]:
    """The cost of each log group, the dearest first.

    The export job's cost is divided by export tasks, the convert job's by bytes of text; by windows if the ledger does
    not know the bytes.
    """
    exports = sum(each.exports for each in done.values())
    size = sum(each.text_bytes for each in done.values())
    windows = sum(each.windows for each in done.values())
    found = []
    for name, each in done.items():
        share = each.text_bytes / size if size else each.windows / windows
        found.append(
            GroupCost(name, each, share * convert_usd + (each.exports / exports * export_usd if exports else 0))
        )
    return tuple(sorted(found, key=lambda cost: (-cost.usd, cost.log_group)))


CRAWL = "crawl"
T = TypeVar("T")
_NAMES = {EXPORT: "export-logs", CONVERT: "convert-logs", CRAWL: "crawl-lake"}


@dataclass(frozen=True)
class WorkflowCost:
    """The use of a workflow's runs.

    Attributes:
        runs: job runs and crawls.
        idle_runs: job runs among them that did nothing.
    """

    name: str
    runs: int
    idle_runs: int
    dpu_hours: float
    usd: float


@dataclass(frozen=True)
class Usage:
    """The use of a deployment.

    Attributes:
        days: the time.
        parts: of the bill, for these days.
        idle: job runs that did nothing, and how many noted what they did.
        idle_usd: what those cost.
        groups: what each log group costs, the dearest first.
        unknown: what could not be read, and why.
        at_most: runs and crawls without DPU data from Glue.
    """

    days: int
    from_ms: EpochMs
    parts: tuple[Part, ...]
    workflows: tuple[WorkflowCost, ...]
    idle: tuple[int, int]
    idle_usd: float
    groups: tuple[GroupCost, ...]
    unknown: tuple[tuple[str, str], ...]
    at_most: int = 0

    @property
    def usd(self) -> float:
        """The sum for the days."""
        return total(self.parts)

    @property
    def usd_a_month(self) -> float:
        """The sum for 30 days like these."""
        return self.usd / self.days * DAYS

    @property
    def usd_per_gb(self) -> float | None:
        """The cost per GB of text that came into the tables; None without text."""
        gb = sum(group.gb for group in self.groups)
        return self.usd / gb if gb else None


def used(
    client: Clients,
    prefix: str,
    *,
    days: int,
    now_ms: EpochMs,
    rows: Callable[[], Iterable[LedgerRow]],
    say: Callable[[str], None] = lambda _: None,
) -> Usage:
    """What a deployment used in the last days.

    Args:
        client: makes the client of a service.
        prefix: of the deployment.
        days: how many.
        now_ms: the time.
        rows: reads the ledger's rows.
        say: called with the current step.
    """
    a, since_ms = values(), EpochMs(now_ms - days * MS_PER_DAY)
    unknown: list[tuple[str, str]] = []

    def asked(what: str, ask: Callable[[], Iterable[T]], *, optional: bool = False) -> list[T]:
        say(f"Reading {what}")
        try:
            return list(ask())
        except LoglakeError as error:
            if not optional or not isinstance(error, NotFoundError):
                unknown.append((what, _why(error)))
            return []

    jobs = asked("the job runs", lambda: used_by_jobs(client("glue"), prefix, since_ms, a))
    crawls = asked("the crawls", lambda: used_by_crawls(client("glue"), prefix, since_ms, a))
    parts = list(_glue_parts([*jobs, *crawls], a))
    identity = client("sts").get_caller_identity()["Account"]
    account = Account(client, prefix, f"{identity}-{client('s3').meta.region_name}", since_ms, now_ms, a)
    for what, look in LOOKS:
        parts += asked(what, partial(look, account), optional=True)
    noted = [use for use in jobs if use.idle is not None]
    groups: tuple[GroupCost, ...] = ()
    try:
        say("Reading the ledger")
        busy = {job: sum(use.usd(a) for use in jobs if use.job == job and not use.idle) for job in (EXPORT, CONVERT)}
        groups = divided(converted(rows(), since_ms), busy[EXPORT], busy[CONVERT])
    except LoglakeError as error:
        unknown.append(("the ledger, for the cost of log groups", _why(error)))
    return Usage(
        days,
        since_ms,
        tuple(parts),
        tuple(_workflows([*jobs, *crawls], a)),
        (sum(bool(use.idle) for use in noted), len(noted)),
        sum(use.usd(a) for use in jobs if use.idle),
        groups,
        tuple(unknown),
        sum(use.at_most for use in [*jobs, *crawls]),
    )


def _why(error: LoglakeError) -> str:
    if isinstance(error, AccessDeniedError):
        return f"{error.action} is not allowed: grant it to read this."
    return str(error)


def _glue_parts(uses: Sequence[Use], a: Mapping[str, float]) -> Iterator[Part]:
    for job, name in _NAMES.items():
        mine = [use for use in uses if use.job == job]
        hours = sum(use.dpu_hours for use in mine)
        runs = counted(len(mine), "crawl" if job == CRAWL else "run")
        yield Part(name, sum(use.usd(a) for use in mine), f"{runs}, {hours:,.2f} DPU-hours")


def _workflows(uses: Sequence[Use], a: Mapping[str, float]) -> Iterator[WorkflowCost]:
    for name in (*WORKFLOWS, ELSEWHERE):
        mine = [use for use in uses if use.workflow == name]
        if mine or name != ELSEWHERE:
            hours, usd = sum(use.dpu_hours for use in mine), sum(use.usd(a) for use in mine)
            yield WorkflowCost(name, len(mine), sum(bool(use.idle) for use in mine), hours, usd)
