"""What a deployment costs a month, from assumptions that are written down as data; pure.

It is an estimate: nothing here was measured on AWS. Each assumption says where it comes from and of when it is. Those
without a price are for a person to replace by what was measured.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

DAYS = 30
"""Days of a month."""

CRAWLS = 10
"""Crawls a month that new tables and new columns need, if a crawl runs only then."""

MOST_LANDED_EVENTS = 100
"""So many landed objects start a run at once (LandingBatchSize)."""


@dataclass(frozen=True)
class Assumption:
    """A number that the estimate is made with.

    Attributes:
        value: in `unit`.
        source: the page that has it, or how it was found.
        noted_on: when it was written down, as YYYY-MM-DD.
    """

    value: float
    unit: str
    source: str
    noted_on: str


_GLUE, _S3 = "aws.amazon.com/glue/pricing", "aws.amazon.com/s3/pricing"
_DYNAMO, _WATCH = "aws.amazon.com/dynamodb/pricing/on-demand", "aws.amazon.com/cloudwatch/pricing"
_GUESS, _SLOT = "not measured yet", "docs/export-slot.md, simulated"
_LOCAL = "counted in a local run of nine windows"
_DAY = "2026-11-26"

ASSUMPTIONS: Mapping[str, Assumption] = MappingProxyType(
    {
        "dpu_hour": Assumption(0.44, "USD for a DPU for an hour", _GLUE, _DAY),
        "flex_dpu_hour": Assumption(0.29, "USD for a DPU for an hour of a FLEX run", _GLUE, _DAY),
        "convert_seconds": Assumption(90, "seconds that a run of convert-logs is billed", _GUESS, _DAY),
        "convert_dpu": Assumption(2, "DPU of convert-logs: two G.1X workers", _GUESS, _DAY),
        "shell_dpu": Assumption(0.0625, "DPU of export-logs", "workflows/log_lake.yaml, MaxCapacity", _DAY),
        "shell_minimum": Assumption(60, "seconds that a Python shell run is billed at least", _GLUE, _DAY),
        "task_seconds": Assumption(79, "seconds of an export task, with the pause after it", _SLOT, _DAY),
        "tasks_a_day": Assumption(26, "export tasks of a log group and day: 24 hours, two passes", _SLOT, _DAY),
        "crawl_minutes": Assumption(10, "minutes that a crawl is billed at least", _GLUE, _DAY),
        "crawl_dpu": Assumption(2, "DPU of the crawler", _GUESS, _DAY),
        "metric": Assumption(0.30, "USD for a custom metric and month", _WATCH, _DAY),
        "job_log_mb": Assumption(1, "MB that a run of convert-logs logs; an export run a tenth", _GUESS, _DAY),
        "log_gb": Assumption(0.50, "USD for a GB that is written to CloudWatch Logs", _WATCH, _DAY),
        "put": Assumption(0.005, "USD for 1,000 PUT, COPY or LIST requests", _S3, _DAY),
        "get": Assumption(0.0004, "USD for 1,000 GET requests", _S3, _DAY),
        "storage_gb": Assumption(0.023, "USD for a GB in S3 Standard and month", _S3, _DAY),
        "write_unit": Assumption(0.625, "USD for a million write request units", _DYNAMO, _DAY),
        "read_unit": Assumption(0.125, "USD for a million read request units", _DYNAMO, _DAY),
        "window_puts": Assumption(10, "PUT, COPY and LIST requests for a window", _LOCAL, _DAY),
        "window_gets": Assumption(12, "GET requests for a window", _LOCAL, _DAY),
        "window_writes": Assumption(110, "write request units for a window: 27 writes of 2 KB", _LOCAL, _DAY),
        "run_requests": Assumption(100, "requests of each kind for a run, whatever it has to do", _GUESS, _DAY),
    }
)  # fmt: skip


@dataclass(frozen=True)
class Workload:
    """What a deployment does.

    Attributes:
        ticks_a_day: how often the schedule puts a request.
        log_groups: that are exported, small ones: what they hold changes how long runs take, and this estimate not.
        landing_minutes: the batch window of landing (LandingBatchWindowSeconds); 0 if nothing is landed.
        landed_objects_a_day: objects that are landed; more than a batch of them starts a run before its window is over.
        landed_groups: log groups that these are of.
        crawls: a month; None: one after each run (CrawlMode EveryRun).
        metrics: custom metrics that are put at any time, as `core.metrics` has them.
        flex: whether convert-logs runs as FLEX (ExecutionClass).
        stored_gb: in the raw bucket and the lake.
    """

    ticks_a_day: float = 24
    log_groups: int = 10
    landing_minutes: float = 0
    landed_objects_a_day: int = 0
    landed_groups: int = 0
    crawls: int | None = CRAWLS
    metrics: int = 6
    flex: bool = False
    stored_gb: float = 5

    def __post_init__(self) -> None:
        """States the invariants."""
        if min(self.ticks_a_day, self.log_groups, self.landing_minutes, self.stored_gb) < 0:
            raise ValueError(f"{self}: nothing of it can be negative")
        if self.landed_objects_a_day and not self.landing_minutes:
            raise ValueError(f"{self}: landed objects need a batch window")

    @property
    def export_runs(self) -> float:
        """Runs of log-export a month."""
        return self.ticks_a_day * DAYS

    @property
    def landing_runs(self) -> float:
        """Runs of log-landing a month: one per batch window all day, or per full batch where objects are that many."""
        if not self.landing_minutes:
            return 0
        return max(24 * 60 / self.landing_minutes, self.landed_objects_a_day / MOST_LANDED_EVENTS) * DAYS


@dataclass(frozen=True)
class Part:
    """A part of the bill.

    Attributes:
        usd: a month.
        how: the arithmetic, in words.
    """

    name: str
    usd: float
    how: str


def estimate(workload: Workload, assumptions: Mapping[str, Assumption] = ASSUMPTIONS) -> tuple[Part, ...]:
    """What a workload costs a month, part by part; the sum is `total`."""
    a = {name: assumption.value for name, assumption in assumptions.items()}
    converts = workload.export_runs + workload.landing_runs
    rate = a["flex_dpu_hour" if workload.flex else "dpu_hour"]
    tasks = workload.log_groups * min(a["tasks_a_day"], workload.ticks_a_day + 2) * DAYS
    shell_s = max(tasks * a["task_seconds"], workload.export_runs * a["shell_minimum"])
    crawls = converts if workload.crawls is None else workload.crawls
    windows = tasks + workload.landed_groups * workload.landing_runs
    runs = workload.export_runs + converts
    logs_gb = (converts + workload.export_runs / 10) * a["job_log_mb"] / 1000
    s3 = (windows * a["window_puts"] + runs * a["run_requests"]) / 1000 * a["put"]
    s3 += (windows * a["window_gets"] + runs * a["run_requests"]) / 1000 * a["get"]
    dynamo = (windows * a["window_writes"] + runs * a["run_requests"]) / 1e6 * a["write_unit"]
    dynamo += (windows * a["window_writes"] + runs * a["run_requests"]) / 1e6 * a["read_unit"]
    return (
        Part(
            "convert-logs",
            converts * a["convert_seconds"] * a["convert_dpu"] / 3600 * rate,
            f"{converts:,.0f} runs x {a['convert_seconds']:.0f} s x {a['convert_dpu']:g} DPU x {rate} USD an hour",
        ),
        Part(
            "export-logs",
            shell_s / 3600 * a["shell_dpu"] * a["dpu_hour"],
            f"{tasks:,.0f} tasks in {workload.export_runs:,.0f} runs, {shell_s / 3600:,.0f} h x {a['shell_dpu']} DPU "
            f"x {a['dpu_hour']} USD an hour",
        ),
        Part(
            "crawl-lake",
            crawls * a["crawl_minutes"] / 60 * a["crawl_dpu"] * a["dpu_hour"],
            f"{crawls:,.0f} crawls x {a['crawl_minutes']:.0f} min x {a['crawl_dpu']:g} DPU x {a['dpu_hour']} USD "
            "an hour",
        ),
        Part("metrics", workload.metrics * a["metric"], f"{workload.metrics} metrics x {a['metric']:.2f} USD"),
        Part("logs of the jobs", logs_gb * a["log_gb"], f"{logs_gb:,.1f} GB x {a['log_gb']:.2f} USD"),
        Part("S3 requests", s3, f"{windows:,.0f} windows in {runs:,.0f} runs"),
        Part("DynamoDB requests", dynamo, f"{windows:,.0f} windows in {runs:,.0f} runs"),
        Part("S3 storage", workload.stored_gb * a["storage_gb"], f"{workload.stored_gb:g} GB x {a['storage_gb']} USD"),
    )


def total(parts: tuple[Part, ...]) -> float:
    """USD a month."""
    return sum(part.usd for part in parts)


HOURLY = Workload()
"""An hourly schedule with ten small log groups."""

LANDING_ALL_DAY = Workload(
    ticks_a_day=0,
    log_groups=0,
    landing_minutes=15,
    landed_objects_a_day=2_000,
    landed_groups=10,
    metrics=5,
    stored_gb=5,
)
"""Objects of ten small log groups that are landed all day."""

_FIVE_MINUTES = replace(LANDING_ALL_DAY, landing_minutes=5)

LEVERS: tuple[tuple[str, str, Workload, Workload], ...] = (
    ("Every third hour", "`ScheduleExpression: cron(10 0/3 * * ? *)`", HOURLY, replace(HOURLY, ticks_a_day=8)),
    ("One export a day", "`ScheduleExpression: cron(10 3 * * ? *)`", HOURLY, replace(HOURLY, ticks_a_day=1)),
    ("FLEX for convert-logs", "`ExecutionClass: FLEX`", HOURLY, replace(HOURLY, flex=True)),
    ("FLEX while landing all day", "`ExecutionClass: FLEX`", LANDING_ALL_DAY, replace(LANDING_ALL_DAY, flex=True)),
    ("A crawl after each run", "`CrawlMode: EveryRun`", HOURLY, replace(HOURLY, crawls=None)),
    ("Landing each five minutes", "`LandingBatchWindowSeconds: 300`", LANDING_ALL_DAY, _FIVE_MINUTES),
)  # fmt: skip
"""What changes the bill: in words, the parameter, before and after."""
