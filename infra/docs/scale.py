"""Writes docs/understand/scale.md: which limits bind first as log groups and volume grow.

``make docs`` writes the page, and a test fails if it is stale.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from infra.docs.template import DOCS, filled
from loglake_cli.operations.cost.assumptions import ASSUMPTIONS, values
from loglake_cli.operations.cost.estimate import estimate, total
from loglake_cli.operations.cost.workload import DAYS, HOURLY, LANDING_ALL_DAY, Workload
from loglake_cli.operations.cost.workload import exported as ways_of

PAGE = DOCS / "understand" / "scale.md"

GROUPS = (10, 300, 1_000, 10_000, 100_000)
"""The numbers of log groups that are compared: the last one is 10 TB a day."""

GB_OF_A_GROUP = 0.1
"""Text of a log group a day, on average."""

REQUEST_S = 0.02
"""Seconds of a request to S3 or DynamoDB from a Glue job. Assumed: not measured on AWS."""

AT_ONCE = 25
"""Requests of a run at the same time. Measured: 5,594 requests for 300 windows, of 20 ms each, took 4.4 s."""

WINDOW_LEDGER = 4
"""Requests to the ledger for a window, by `make bench-scale PARTS=requests`: two writes and two reads, beside those of
transactions for up to 100 windows."""

DAY_S = 86_400

BATCH_S = 900
"""The batch window of landing, by default and at most."""


@dataclass(frozen=True)
class Load:
    """What log groups that write all day ask of the parts.

    Attributes:
        gb_per_day: their text.
        slot_share: how much of the export slot two exports of each day need, the least that leaves no late event out;
            above 1 they don't fit.
        pages_s: pages of FilterLogEvents a second that the hours need.
        firehose_mb_s: compressed MB a second that a subscription delivers.
        dpu: workers that convert all the time, if all is landed.
        commit_s: seconds that a landing run needs to commit its windows.
        write_units_s: write request units a second of the ledger, if all is landed.
        puts_s: PUT, COPY and LIST requests a second to S3, if all is landed.
        exported_usd: a month if all is exported; None if that does not fit into the export slot.
        landed_usd: a month if all is landed by Firehose.
    """

    groups: int
    gb_per_day: float
    slot_share: float
    pages_s: float
    firehose_mb_s: float
    dpu: float
    commit_s: float
    write_units_s: float
    puts_s: float
    exported_usd: float | None
    landed_usd: float


def exported(groups: int) -> Workload:
    """So many log groups, exported each hour."""
    return replace(HOURLY, log_groups=groups, gb_per_day=groups * GB_OF_A_GROUP)


def landed(groups: int, gb_per_day: float) -> Workload:
    """So many log groups, landed by Firehose all day, with an object for each 128 MiB or 15 minutes."""
    gzipped_mib = gb_per_day * 1e9 * values()["gzip_share"] / 2**20
    return replace(
        LANDING_ALL_DAY,
        landed_groups=groups,
        landed_gb_per_day=gb_per_day,
        landed_objects_a_day=max(DAY_S // BATCH_S, round(gzipped_mib / 128)),
        streaming=True,
    )


def window_requests() -> int:
    """Requests to S3 and the ledger for a window."""
    a = values(ASSUMPTIONS)
    return round(a["window_puts"] + a["window_gets"]) + WINDOW_LEDGER


def load_of(groups: int) -> Load:
    """The load of so many log groups."""
    a = values(ASSUMPTIONS)
    workload = landed(groups, groups * GB_OF_A_GROUP)
    windows_s = groups * workload.landing_runs / DAYS / DAY_S
    share = 2 * groups * a["task_seconds"] / DAY_S
    return Load(
        groups=groups,
        gb_per_day=groups * GB_OF_A_GROUP,
        slot_share=share,
        pages_s=ways_of(exported(groups), a).pages / DAYS / DAY_S,
        firehose_mb_s=workload.landed_gb_per_day * 1000 * a["gzip_share"] / DAY_S,
        dpu=workload.landed_gb_per_day * 1000 * workload.landed_conversions / a["convert_mb_s"] / DAY_S,
        commit_s=groups * window_requests() * REQUEST_S / AT_ONCE,
        write_units_s=windows_s * a["window_writes"],
        puts_s=windows_s * a["window_puts"],
        exported_usd=total(estimate(exported(groups))) if share <= 1 else None,
        landed_usd=total(estimate(workload)),
    )


def render() -> str:
    """The page, as Markdown."""
    return filled(
        "scale.md",
        loads=map(load_of, GROUPS),
        gb=f"{GB_OF_A_GROUP:g}",
        request_ms=f"{REQUEST_S * 1000:.0f}",
        at_once=AT_ONCE,
        requests=window_requests(),
    )
