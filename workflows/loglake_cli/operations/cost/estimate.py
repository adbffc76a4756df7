"""The monthly cost of a workload, part by part, as data, text and JSON; pure.

It is an estimate: nothing here was measured on AWS. `assumptions` says where each number comes from.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from loglake_cli.operations.cost.assumptions import ASSUMPTIONS, Assumption, values
from loglake_cli.operations.cost.workload import DAYS, EVENT_MINUTES, HOURS, LOOK_MINUTES, Workload, exported

_UNSETTLED_DAYS = 2
"""Days whose files are not compacted yet."""


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
    """The monthly cost of a workload, part by part; the sum is `total`."""
    a = values(assumptions)
    return (
        _export(workload, a),
        Part(
            "CloudWatch export",
            _exported_gb(workload) * a["export_gb"],
            f"{_exported_gb(workload):,.1f} GB, each event {workload.wanted_exports} times; AWS lists no price for it",
        ),
        _look(workload, a),
        _convert(workload, a),
        _crawls(workload, a),
        *_storage(workload, a),
        *_requests(workload, a),
        *_watching(workload, a),
        _firehose(workload, a),
        _athena(workload, a),
    )


def total(parts: Sequence[Part]) -> float:
    """USD a month."""
    return sum(part.usd for part in parts)


def _export(workload: Workload, a: Mapping[str, float]) -> Part:
    found = exported(workload, a)
    seconds = max(found.seconds, workload.export_runs * a["job_minimum"])
    full = " (the export slot is full)" if found.slot_is_full else ""
    ways = [f"{found.tasks:,.0f} tasks{full}"] if found.tasks else []
    ways += [f"{found.pages:,.0f} pages of {found.reads:,.0f} reads"] if found.reads else []
    how = f"{' and '.join(ways) or 'nothing'} in {workload.export_runs:,.0f} runs, {seconds / 3600:,.0f} h"
    return Part(
        "export-logs",
        seconds / 3600 * a["shell_dpu"] * a["dpu_hour"],
        f"{how} x {a['shell_dpu']} DPU x {a['dpu_hour']} USD an hour",
    )


def look_usd(seconds: float = 0) -> float:
    """What Glue takes for a run of look-landing that takes so long."""
    a = values()
    return max(seconds, a["job_minimum"]) / 3600 * a["shell_dpu"] * a["dpu_hour"]


def _look(workload: Workload, a: Mapping[str, float]) -> Part:
    how = f"{workload.look_runs:,.0f} runs x {a['job_minimum']:.0f} s"
    return Part(
        "look-landing",
        workload.look_runs * look_usd(),
        f"{how} x {a['shell_dpu']} DPU x {a['dpu_hour']} USD an hour",
    )


MOST_OBJECTS = 1_000_000
"""Landed objects a day up to which the ways to start landing are compared."""


def looks_pay_from(workload: Workload) -> int:
    """From how many landed objects a day on LandingStart Look is cheaper than Event; `MOST_OBJECTS` if it never is.

    The way that the workload does not have is as the templates have it.
    """
    looks, minutes = workload.landing_looks, workload.landing_minutes
    by_events = replace(
        workload, landing_looks=False, landing_minutes=EVENT_MINUTES if looks else minutes or EVENT_MINUTES
    )
    by_looks = replace(workload, landing_looks=True, landing_minutes=minutes if looks else LOOK_MINUTES)

    def pays(objects: int) -> bool:
        before, after = (replace(each, landed_objects_a_day=objects) for each in (by_events, by_looks))
        return total(estimate(after)) < total(estimate(before))

    return bisect_left(range(MOST_OBJECTS), True, lo=1, key=pays)


def export_usd(seconds: float, size_bytes: int) -> float:
    """What Glue takes for exporting and converting so many bytes once, with the export slot busy for so long."""
    a = values()
    converting = size_bytes / 1e6 / a["convert_mb_s"] * a["convert_dpu"]
    return (seconds * a["shell_dpu"] + converting) / 3600 * a["dpu_hour"] + size_bytes / 1e9 * a["export_gb"]


def _exported_gb(workload: Workload) -> float:
    return workload.gb_per_day * workload.wanted_exports * DAYS


def _convert(workload: Workload, a: Mapping[str, float]) -> Part:
    runs = workload.export_runs + workload.landing_runs
    rate = a["flex_dpu_hour" if workload.flex else "dpu_hour"]
    landed = workload.landed_gb_per_day * workload.landed_conversions
    gb = (workload.gb_per_day * exported(workload, a).kept + landed) * DAYS
    start = a["glue_seconds"] + a["start_seconds"]
    # The driver is billed beside one executor; with more of them its share is less.
    seconds = max(runs * start + gb * 1000 / a["convert_mb_s"], runs * a["job_minimum"])
    how = f"({runs:,.0f} runs x {start:.0f} s + {gb:,.1f} GB at {a['convert_mb_s']:.0f} MB/s"
    least = f", {a['job_minimum']:.0f} s a run at least)"
    return Part(
        "convert-logs",
        seconds * a["convert_dpu"] / 3600 * rate,
        f"{how}{least} x {a['convert_dpu']:g} DPU x {rate} USD an hour",
    )


def _crawls(workload: Workload, a: Mapping[str, float]) -> Part:
    """Glue's least, or as long as it takes to read a file of each settled day and those of two that are not."""
    crawls = (workload.export_runs + workload.landing_runs) if workload.crawls is None else workload.crawls
    days = workload.kept_days(workload.lake_days) + _UNSETTLED_DAYS * HOURS
    files = (workload.log_groups + workload.landed_groups) * days
    minutes = max(a["crawl_minutes"], files / a["crawl_files_s"] / 60)
    return Part(
        "crawl-lake",
        crawls * minutes / 60 * a["crawl_dpu"] * a["dpu_hour"],
        f"{crawls:,.0f} crawls of {files:,} files x {minutes:.0f} min x {a['crawl_dpu']:g} DPU x {a['dpu_hour']} USD "
        "an hour",
    )


def _storage(workload: Workload, a: Mapping[str, float]) -> Iterator[Part]:
    daily_raw = (workload.gb_per_day * exported(workload, a).kept + workload.landed_gb_per_day) * a["gzip_share"]
    daily_lake = (workload.gb_per_day + workload.landed_gb_per_day) * a["lake_share"]
    for name, daily, limit in (("raw", daily_raw, workload.raw_days), ("lake", daily_lake, workload.lake_days)):
        days = workload.kept_days(limit)
        how = f"{daily:,.2f} GB a day x {days} days = {daily * days:,.1f} GB x {a['storage_gb']} USD"
        yield Part(f"S3 storage, {name}", daily * days * a["storage_gb"], how)


def windows_a_month(workload: Workload, a: Mapping[str, float]) -> float:
    """Committed windows: those of tasks and reads, and the landed hours that each run writes again."""
    found = exported(workload, a)
    return found.tasks + found.reads + workload.landed_groups * workload.landing_runs


def _requests(workload: Workload, a: Mapping[str, float]) -> tuple[Part, ...]:
    windows = windows_a_month(workload, a)
    landed = workload.landed_objects_a_day * DAYS
    runs = 2 * workload.export_runs + workload.landing_runs + workload.look_runs / 10  # a look asks little
    every_run = runs * a["run_requests"]
    found = exported(workload, a)
    streams = (found.tasks + found.reads) * workload.streams
    puts, gets = windows * a["window_puts"] + every_run + streams, windows * a["window_gets"] + every_run
    units = windows * a["window_writes"] + every_run
    closed_kb = (workload.log_groups + workload.landed_groups) * DAYS * workload.month * a["closed_window_kb"]
    ledger_gb = (windows / DAYS * a["ledger_days"] * a["window_item_kb"] + closed_kb) / 1e6
    how = f"{windows:,.0f} windows in {runs:,.0f} runs"
    of_streams = f", {streams:,.0f} exported streams" if streams else ""
    dynamo = units / 1e6 * (a["write_unit"] + a["read_unit"]) + ledger_gb * (a["ledger_gb"] + a["recovery_gb"])
    kms = a["key"] + (puts + gets) * a["kms_share"] / 10_000 * a["key_requests"] if workload.kms_key else 0
    return (
        Part("S3 requests", puts / 1000 * a["put"] + gets / 1000 * a["get"], f"{how}{of_streams}"),
        Part("DynamoDB", dynamo, f"{how}; {ledger_gb:,.2f} GB stored, with point-in-time recovery"),
        Part(
            "EventBridge and SQS",
            ((streams + windows + landed) * a["event"] + landed * a["landed_requests"] * a["sqs"]) / 1e6,
            f"events of {streams + windows + landed:,.0f} objects; {landed:,.0f} landed ones through the queue",
        ),
        Part("KMS", kms, "a key, and its requests" if workload.kms_key else "no key of its own"),
    )


def _watching(workload: Workload, a: Mapping[str, float]) -> tuple[Part, ...]:
    converts = workload.export_runs + workload.landing_runs
    logs_gb = (converts + workload.export_runs / 10) * a["job_log_mb"] / 1000
    parts = [
        Part(f"{name}s", number * a[name], f"{number} {what} x {a[name]:.2f} USD")
        for name, number, what in (
            ("metric", workload.metrics, "metrics"),
            ("alarm", workload.alarms, "watched metrics"),
            ("dashboard", workload.dashboards, "dashboards"),
        )
    ]
    return (*parts, Part("logs of the jobs", logs_gb * a["log_gb"], f"{logs_gb:,.1f} GB x {a['log_gb']:.2f} USD"))


def _firehose(workload: Workload, a: Mapping[str, float]) -> Part:
    gb = workload.landed_gb_per_day * a["gzip_share"] * DAYS if workload.streaming else 0
    return Part("Firehose", gb * a["firehose_gb"], f"{gb:,.1f} GB, compressed, x {a['firehose_gb']} USD")


def scan_usd(queries: float, gb_each: float, a: Mapping[str, float]) -> float:
    """What queries of Athena cost."""
    return queries * max(gb_each * 1000, a["scan_minimum_mb"]) / 1e6 * a["scan_tb"]


def _athena(workload: Workload, a: Mapping[str, float]) -> Part:
    queries = workload.queries_per_day * DAYS
    how = f"{queries:,.0f} queries x {workload.gb_per_query:g} GB x {a['scan_tb']:g} USD a TB"
    return Part("Athena scans", scan_usd(queries, workload.gb_per_query, a), how)


COLUMNS = ("part", "USD a month", "how")


def rows(parts: Sequence[Part]) -> list[list[str]]:
    """The parts that cost something, and the sum, as a table."""
    return [*[[part.name, usd(part.usd), part.how] for part in parts if part.usd], ["all", usd(total(parts)), ""]]


def usd(amount: float) -> str:
    """An amount, to the cent."""
    return f"{amount:,.2f}"


def notes(workload: Workload) -> list[str]:
    """The caveats of an estimate."""
    ways = exported(workload, values())
    found = [
        "An estimate for us-east-1, without tax and free tier. What CloudWatch Logs bills for taking in and keeping "
        "the logs is not in it."
    ]
    found.append(f"What is kept makes the bill grow: {growth_in_words(workload)}. The table is month {workload.month}.")
    if ways.is_too_much:
        found.append(
            "It is more than can be read with ExportCapacity 0.0625: take ingest auto or landing for the largest log "
            "groups. docs/understand/export-slot.md says more."
        )
    if ways.slot_is_full:
        found.append(
            "The account's one export slot can't export these log groups hour by hour: windows get wider, and days "
            "come late. docs/understand/export-slot.md says more."
        )
    if workload.landing_minutes:
        found.append(landing_advice(workload))
    found.append(
        f"{len(unconfirmed())} of {len(ASSUMPTIONS)} assumptions are guesses, or prices that could not be looked up. "
        "docs/aws/cost.md lists them."
    )
    return found


GROWTH_MONTHS = (1, 12, 24, 36)
"""The months whose bills are shown beside each other."""


def growth(workload: Workload) -> dict[int, float]:
    """USD a month by the month: what is stored, and so what a crawl reads, grows until it expires."""
    return {month: total(estimate(replace(workload, month=month))) for month in GROWTH_MONTHS}


def growth_in_words(workload: Workload) -> str:
    """The same in words."""
    return ", ".join(f"{usd(amount)} USD in month {month}" for month, amount in growth(workload).items())


def landing_advice(workload: Workload) -> str:
    """From how many landed objects a day on which way to start landing is cheaper."""
    objects = looks_pay_from(workload)
    if objects == MOST_OBJECTS:
        return "LandingStart: Event is the cheaper way to start landing runs, however many objects land."
    return f"From {objects:,} landed objects a day on, LandingStart: Look is cheaper than Event."


def unconfirmed(assumptions: Mapping[str, Assumption] = ASSUMPTIONS) -> dict[str, Assumption]:
    """The assumptions that no source confirms."""
    return {name: each for name, each in assumptions.items() if not each.confirmed}


def document(workload: Workload) -> dict[str, Any]:
    """An estimate as one JSON-ready document."""
    parts = estimate(workload)
    return {
        "kind": "estimate",
        "region": "us-east-1",
        "workload": asdict(workload),
        "parts": [asdict(part) for part in parts],
        "usd_a_month": total(parts),
        "usd_by_month": growth(workload),
        "notes": notes(workload),
        "assumptions": {name: asdict(each) for name, each in ASSUMPTIONS.items()},
    }
