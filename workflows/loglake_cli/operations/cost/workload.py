"""The work of a deployment in a month, and what of it is exported in which way; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from loglake.core.planning.expected import pages_of
from loglake.core.planning.ways import READ_FIRST_PAGES

DAYS = 30
"""Days of a month."""

CRAWLS = 10
"""Crawls a month that new tables and new columns need, if a crawl runs only then."""

EVENT_MINUTES, LOOK_MINUTES = 15, 30
"""Minutes of the batch window of landing, and between two looks (LandingBatchWindowSeconds, LandingMinutes)."""

MOST_LANDED_EVENTS = 100
"""This many landed objects start a run at once (LandingBatchSize)."""

ALARM_METRICS = 30
"""Metrics that the alarms of the stack monitoring watch; one more with the stack streaming."""

_WAYS = ("auto", "export", "read")

_NOT_NEGATIVE = (
    "ticks_a_day", "log_groups", "gb_per_day", "streams", "landing_minutes", "landed_objects_a_day", "landed_groups",
    "landed_gb_per_day", "metrics", "alarms", "dashboards", "queries_per_day", "gb_per_query", "raw_days", "lake_days",
)  # fmt: skip


@dataclass(frozen=True)
class Workload:
    """The work of a deployment. A GB is a billion bytes of events' text, as counted by CloudWatch Logs.

    Attributes:
        ticks_a_day: how often the schedule puts a request.
        log_groups: that are exported.
        gb_per_day: of their events.
        ingest: of these log groups: auto, export (by tasks alone) or read.
        streams: log streams that an export task finds events in; each is an object at least.
        landing_minutes: the batch window of landing (LandingBatchWindowSeconds), or the time between two looks
            (LandingMinutes); 0 if nothing is landed.
        landing_looks: whether landed objects are looked for (LandingStart Look).
        landed_objects_a_day: objects that are landed, evenly; 0 if that is not known, and then each batch window and
            each look finds some. More than a batch of them starts a run before its window is over.
        landed_groups: log groups that these are of.
        landed_gb_per_day: of the events in them.
        streaming: whether Firehose delivers the landed objects (the stack streaming), and so is part of the bill.
        crawls: a month; None: one after each run (CrawlMode EveryRun).
        metrics: custom metrics that are put (`core.run.outcome`).
        alarms: metrics that alarms watch (the stack monitoring).
        dashboards: of the stack monitoring.
        flex: whether convert-logs runs as FLEX (ExecutionClass).
        final_pass: whether each day is exported a third time, after 15 days.
        queries_per_day: queries of Athena.
        gb_per_query: GB of Parquet that each scans.
        raw_days: how long raw objects are kept (RawExpiryDays); 0 for always.
        lake_days: how long the tables are kept; 0 for always.
        month: which month is estimated: storage grows until then, or until it expires.
        kms_key: whether the buckets have a key of their own (KmsKeyArn).
    """

    ticks_a_day: float = 24
    log_groups: int = 10
    gb_per_day: float = 0.1
    ingest: str = "auto"
    streams: float = 2
    landing_minutes: float = 0
    landing_looks: bool = False
    landed_objects_a_day: int = 0
    landed_groups: int = 0
    landed_gb_per_day: float = 0
    streaming: bool = False
    crawls: int | None = CRAWLS
    metrics: int = 6
    alarms: int = 0
    dashboards: int = 0
    flex: bool = False
    final_pass: bool = True
    queries_per_day: float = 0
    gb_per_query: float = 0
    raw_days: int = 0
    lake_days: int = 0
    month: int = 12
    kms_key: bool = False

    def __post_init__(self) -> None:
        """States the invariants."""
        if min(getattr(self, name) for name in _NOT_NEGATIVE) < 0 or (self.crawls or 0) < 0:
            raise ValueError(f"{self}: nothing of it can be negative")
        if self.ingest not in _WAYS:
            raise ValueError(f"{self}: ingest is one of {', '.join(_WAYS)}")
        if self.month < 1:
            raise ValueError(f"{self}: the first month is 1")
        if (self.landed_objects_a_day or self.landed_gb_per_day) and not self.landing_minutes:
            raise ValueError(f"{self}: landed objects need a batch window, landing_minutes")

    @property
    def export_runs(self) -> float:
        """Runs of log-export a month."""
        return self.ticks_a_day * DAYS

    @property
    def landing_runs(self) -> float:
        """Runs of log-landing a month: one per batch window or look that finds something, or per full batch."""
        if not self.landing_minutes:
            return 0
        runs = 24 * 60 / self.landing_minutes
        if not self.landing_looks:
            runs = max(runs, self.landed_objects_a_day / MOST_LANDED_EVENTS)
        return min(runs, self.landed_objects_a_day or runs) * DAYS

    @property
    def look_runs(self) -> float:
        """Runs of look-landing a month: for what has landed, and each hour for subscription filters."""
        looks = 24 * 60 / self.landing_minutes if self.landing_looks and self.landing_minutes else 0
        return (looks + 24 * self.streaming) * DAYS

    @property
    def wanted_exports(self) -> int:
        """How often each event is exported: fresh, settled and final."""
        return 2 + self.final_pass if self.ticks_a_day else 0

    @property
    def landed_conversions(self) -> float:
        """How often a landed event is converted: each run writes its hour again, and settling once more."""
        return (max(1.0, self.landing_runs / DAYS / 24) + 1) / 2 + 1 if self.landing_runs else 0

    def kept_days(self, limit: int) -> int:
        """How many days of data exist at the month's end, if they expire after `limit` days; 0 is never."""
        age = self.month * DAYS
        return min(age, limit) if limit else age


HOURLY = Workload()
"""An hourly schedule with ten small log groups."""

LANDING_ALL_DAY = Workload(
    ticks_a_day=0,
    log_groups=0,
    gb_per_day=0,
    landing_minutes=EVENT_MINUTES,
    landed_objects_a_day=2_000,
    landed_groups=10,
    landed_gb_per_day=0.1,
    metrics=5,
)
"""Objects of ten small log groups that are landed all day."""


_DAY_S = 86_400
HOURS = 24
"""Fresh windows of a day, at most."""


@dataclass(frozen=True)
class Exported:
    """What is exported in a month, by the two ways.

    Attributes:
        tasks: of the export slot, up to what that takes.
        slot_is_full: whether each hour of each log group on its own would be more.
        reads: windows that are read, and how many pages of FilterLogEvents these have in all.
        kept: how often an event is kept and converted. A small day that is read a third time is neither, if nothing
            came after it had settled; a larger one's objects are there before that is known.
        seconds: how long it takes: tasks and reads go on beside each other.
        is_too_much: whether a month is too short for reading that.
    """

    tasks: float = 0
    slot_is_full: bool = False
    reads: float = 0
    pages: float = 0
    kept: int = 0
    seconds: float = 0
    is_too_much: bool = False


def exported(workload: Workload, a: Mapping[str, float]) -> Exported:
    """Fresh windows and passes of each log group, by the ways that the planner takes (`core.planning.ways`)."""
    if not workload.ticks_a_day or not workload.log_groups:
        return Exported()
    fresh, passes = min(HOURS, workload.ticks_a_day), a["passes"] - (not workload.final_pass)
    tasks = reads = pages = 0.0
    for windows, a_day in ((fresh, fresh), (passes, 1)):
        of_each = pages_of(round(workload.gb_per_day * 1e9 / workload.log_groups / a_day))
        number = workload.log_groups * windows * DAYS
        if workload.ingest == "read" or (workload.ingest == "auto" and of_each <= READ_FIRST_PAGES):
            reads, pages = reads + number, pages + number * of_each
        else:
            tasks += number
    most, reading_s = _DAY_S / a["task_seconds"] * DAYS, pages / a["pages_s"]
    return Exported(
        tasks=min(tasks, most),
        slot_is_full=tasks >= most,
        reads=reads,
        pages=pages,
        kept=2 if reads and of_each <= READ_FIRST_PAGES else workload.wanted_exports,
        seconds=max(min(tasks, most) * a["task_seconds"], reading_s),
        is_too_much=reading_s > _DAY_S * DAYS,
    )
