"""How a run went: one word, its numbers, the note that the ledger keeps, and the metrics that it puts.

CloudWatch bills each metric with its dimensions by the hour in which it is put. So a metric is here only if an alarm or
the dashboard reads it, and a value of 0 is not put: readers take a missing value for 0. The other numbers of a run are
in a property of its workflow run.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import NamedTuple, Protocol

from loglake.core.ledger.row import LedgerRow
from loglake.core.ledger.versions import Queue
from loglake.core.ledger.watermark import Watermark
from loglake.core.units import EPOCH, MS_PER_DAY, EpochMs, LogGroupName


class Outcome(str, Enum):
    """`PARTIAL`: the run did what it could; something is left to a person or to another run."""

    OK = "ok"
    PARTIAL = "partial"
    FAILED = "failed"


class RunReport(Protocol):
    """A run's report at its end."""

    @property
    def outcome(self) -> Outcome:
        """OK or PARTIAL; a run that FAILED raises an error and has no report."""

    @property
    def numbers(self) -> Mapping[str, int]:
        """What it did, by the names of metrics: ``WindowsExported``."""

    @property
    def remarks(self) -> Sequence[str]:
        """What a person has to look at besides the numbers, in a few sentences."""


EXPORT, CONVERT, LOOK = "export", "convert", "look"
"""The jobs' names in notes and messages. A look notes only how it saw to subscription filters."""

REMARKS_KEPT_MS = MS_PER_DAY
"""How long a note keeps remarks that later runs don't repeat: one run handles a request, and others follow soon."""

LONGEST_ERROR = 1000
"""Characters of an error in a run property or note: the rest is in the job's log."""

MOST_REMARKS, LONGEST_REMARK = 20, 500
"""Remarks of a note, and characters of each: DynamoDB takes items of 400 KB, and a person reads no more."""


PAGES_PER_S = 2
"""How many pages are read in a second where the quota is lowest, for saying how long something takes."""


class QueueWaiting(NamedTuple):
    """What waits for its export in a queue.

    Attributes:
        size_bytes: as far as that can be expected.
        oldest_ms: since when the oldest of it waits.
        asked_hours: all hours that requests ask for of which something waits.
        slot_s: how long the export slot is busy with it.
        pages: how many pages are read of it.
    """

    groups: int = 0
    windows: int = 0
    hours: int = 0
    size_bytes: int = 0
    oldest_ms: EpochMs = EPOCH
    asked_hours: int = 0
    slot_s: int = 0
    pages: int = 0

    def and_also(
        self,
        windows: int,
        *,
        hours: int,
        size_bytes: int,
        oldest_ms: EpochMs,
        asked_hours: int,
        slot_s: int = 0,
        pages: int = 0,
    ) -> QueueWaiting:
        """With what waits of another log group."""
        return QueueWaiting(
            self.groups + 1,
            self.windows + windows,
            self.hours + hours,
            self.size_bytes + size_bytes,
            EpochMs(min(self.oldest_ms, oldest_ms)) if self.groups else oldest_ms,
            self.asked_hours + asked_hours,
            self.slot_s + slot_s,
            self.pages + pages,
        )

    @property
    def seconds_left(self) -> int:
        """How long it takes, if nobody else exports, or reads: as long as the way that takes longer."""
        return max(self.slot_s, self.pages // PAGES_PER_S)

    @property
    def done_percent(self) -> int | None:
        """How much of the requests is exported; None if nothing was asked for."""
        return 100 * max(0, self.asked_hours - self.hours) // self.asked_hours if self.asked_hours else None


@dataclass(frozen=True)
class RunNote:
    """How the last run of a job went. The ledger notes it because no row says what stopped a run.

    Attributes:
        job: `EXPORT`, `CONVERT` or `LOOK`.
        outcome: of the run.
        ended_ms: when it ended.
        error: why it FAILED.
        remarks: the remarks of its report, or of an earlier one (see `after`).
        remarks_ms: when they were made.
        waiting: what waited for its export at the end, by queue; only an export run notes that.
    """

    job: str
    outcome: Outcome
    ended_ms: EpochMs
    error: str = ""
    remarks: tuple[str, ...] = ()
    remarks_ms: EpochMs = EPOCH
    waiting: Mapping[str, QueueWaiting] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        job: str,
        outcome: Outcome,
        now_ms: EpochMs,
        remarks: Sequence[str] = (),
        error: str = "",
        *,
        waiting: Mapping[str, QueueWaiting] | None = None,
    ) -> RunNote:
        """The note of a run that ends at `now_ms`."""
        kept = tuple(remark[:LONGEST_REMARK] for remark in remarks[:MOST_REMARKS])
        return cls(job, outcome, now_ms, error, kept, now_ms if kept else EPOCH, waiting or {})

    def after(self, before: RunNote | None) -> RunNote:
        """This note with the remarks of the note before it, if it has none and those are younger than a day."""
        if self.remarks or before is None or before.remarks_ms <= self.ended_ms - REMARKS_KEPT_MS:
            return self
        return replace(self, remarks=before.remarks, remarks_ms=before.remarks_ms)


NAMESPACE = "loglake"
"""The only namespace that the roles may write to (infra/access.yaml)."""

DIMENSIONS = ("Job", "Workflow")
"""Dimensions of every metric: the job that put it (`EXPORT` or `CONVERT`), and its workflow, which names the
deployment."""

SETTLED_AGE, OLDEST_PENDING_AGE = "SettledAge", "OldestPendingAge"


@dataclass(frozen=True)
class Metric:
    """A metric.

    Attributes:
        name: its name in CloudWatch, and its key among the numbers of a run's report.
        unit: its unit in CloudWatch.
        jobs: which jobs put it.
        why: what an alarm says when it fires, or what the dashboard shows.
    """

    name: str
    unit: str
    jobs: tuple[str, ...]
    why: str


_BOTH = (EXPORT, CONVERT)

METRICS: tuple[Metric, ...] = (
    Metric(
        "RunsOk", "Count", _BOTH, "Runs that finished all their work. If there is none for hours, something is stuck."
    ),
    Metric("RunsPartial", "Count", _BOTH, "Runs that left something to a person or to another run."),
    Metric("RunsFailed", "Count", _BOTH, "Runs that stopped with an error."),
    Metric("WindowsFailed", "Count", _BOTH, "Windows that FAILED: a person has to look at them."),
    # About two days as a rule, and more while a backfill runs.
    Metric(SETTLED_AGE, "Seconds", (EXPORT,), "How old the time is up to which every log group has settled."),
    Metric(OLDEST_PENDING_AGE, "Seconds", (CONVERT,), "How old the oldest fresh window is that a run left undone."),
    Metric("EventsIn", "Count", (CONVERT,), "Events that were read; the quarantined ones are a share of these."),
    Metric("Quarantined", "Count", (CONVERT,), "Events that could not be decoded."),
    Metric("Violations", "Count", (CONVERT,), "Fields of events that break the schema setting of their dataset."),
    Metric("CatalogGaps", "Count", (CONVERT,), "Tables, columns and partitions that the catalog still lacks."),
)


def metric_values(job: str, outcome: Outcome, numbers: Mapping[str, int]) -> list[tuple[Metric, int]]:
    """What a run puts: each metric of its job that is not 0, in the order of `METRICS`.

    Args:
        job: `EXPORT` or `CONVERT`.
        outcome: of the run.
        numbers: of its report; none if it failed.
    """
    known = {f"Runs{outcome.value.capitalize()}": 1, **numbers}
    mine = [metric for metric in METRICS if job in metric.jobs]
    return [(metric, known[metric.name]) for metric in mine if known.get(metric.name)]


def oldest_pending_age_s(
    pending: Iterable[LedgerRow], paused: Collection[LogGroupName], now_ms: int, export: RunNote | None = None
) -> int:
    """The age of the oldest fresh window that is not in its table, counted from its end; 0 if there is none.

    Windows of other queues don't count: a backfill waits for long, and the time of a settled or final pass is in the
    table already. Windows of paused log groups don't count either. What still waits for its export is in the note of
    the last export run.
    """
    noted = export.waiting.get(Queue.FRESH.value) if export else None
    fresh = (row for row in pending if row.queue is Queue.FRESH and row.live is None and row.log_group not in paused)
    waits = [_seconds(now_ms - noted.oldest_ms)] if noted else []
    return max([*waits, *(_seconds(now_ms - row.window.to_ms) for row in fresh)], default=0)


def settled_age_s(watermarks: Iterable[Watermark], now_ms: int) -> int:
    """The age of the time up to which all of these log groups have settled; 0 without log groups."""
    return max((_seconds(now_ms - watermark.settled_until_ms) for watermark in watermarks), default=0)


def _seconds(ms: int) -> int:
    return max(0, ms // 1000)
