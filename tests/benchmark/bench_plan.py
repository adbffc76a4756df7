"""What is next of 10,000 log groups: with 90 days of backlog, and each hour after that, and the windows of one run.

Each case runs in a process of its own and prints its CPU seconds (it has one thread) and its peak memory. They are
compared with deriving from all rows there are, in place of those from the log group's watermark on. The time to make
the rows that a ledger would give is counted in.

    make bench-plan
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time

from support.worlds.ledger_rows import ledger_row

from loglake.core.cloud_types import LogGroup
from loglake.core.ledger.row import LedgerRow, WindowState
from loglake.core.ledger.watermark import Watermark
from loglake.core.planning.candidate import Way
from loglake.core.planning.derive import PlanRules
from loglake.core.planning.next_windows import Known, NextWindows
from loglake.core.requests.requests import Request, RequestKind
from loglake.core.schema.datasets_file import load_datasets
from loglake.core.units import MS_PER_DAY, MS_PER_HOUR, MS_PER_MINUTE, EpochMs, LogGroupName, parse_instant
from loglake.core.windows import Window

GROUPS, DAYS = 10_000, 90
NOW = parse_instant("2026-11-24T10:40")
FIRST = EpochMs(parse_instant("2026-11-24") - DAYS * MS_PER_DAY)
FRESH = EpochMs(parse_instant("2026-11-23"))
"""Days before this have settled."""

DATASETS = load_datasets({"datasets": [{"log_groups": ["/app/*"], "ingest": "export", "start": "2026-08-26"}]})
SCHEDULED = Request("requests/scheduled/1", RequestKind.SCHEDULED)


def log_groups() -> list[LogGroup]:
    """Old groups, so that the dataset's start counts."""
    return [LogGroup(LogGroupName(f"/app/{n:05d}"), EpochMs(FIRST - 30 * MS_PER_DAY)) for n in range(GROUPS)]


def settled_days(log_group: LogGroupName, since_ms: EpochMs, until_ms: EpochMs | None) -> list[LedgerRow]:
    """A ledger with one window per settled day, and the exported hours of the other days."""
    until = NOW - 2 * MS_PER_HOUR if until_ms is None else until_ms
    rows, start = [], EpochMs(max(since_ms, FIRST))
    while start < until:
        length = MS_PER_HOUR if start >= FRESH else MS_PER_DAY
        window = Window(EpochMs(start), EpochMs(start + length))
        at = EpochMs(start + length + (MS_PER_DAY if length == MS_PER_DAY else MS_PER_HOUR))
        rows.append(ledger_row(log_group, window, "t", WindowState.CONVERTED, exported_at_ms=at, updated_at_ms=at))
        start = EpochMs(start + length)
    return rows


def backlog() -> NextWindows:
    """Plans log groups without any row in the ledger."""
    return planned(Known(lambda log_group, since_ms, until_ms: []))


def without_watermarks() -> NextWindows:
    """As `hourly`, but reads all rows of each group: 90 days and 34 hours."""
    return planned(Known(settled_days))


def hourly() -> NextWindows:
    """Plans as each hour: reads what has not settled, and the day that is due for its final pass."""
    watermark = Watermark(FIRST, FRESH, EpochMs(FRESH - 15 * MS_PER_DAY))
    return planned(Known(settled_days, watermarks={group.name: watermark for group in log_groups()}))


def planned(known: Known) -> NextWindows:
    """What is next, and the windows of one run."""
    windows = NextWindows(log_groups(), DATASETS, [SCHEDULED], known, PlanRules(may_read=False), now_ms=NOW)
    for minute in range(40):
        windows.take(Way.TASK, EpochMs(NOW + minute * MS_PER_MINUTE))
    return windows


CASES = {case.__name__: case for case in (backlog, without_watermarks, hourly)}


def measure(name: str) -> None:
    """Runs a case, and prints its time and memory."""
    started = time.process_time()
    made = CASES[name]()
    seconds = time.process_time() - started
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    work = f"{sum(each.hours for each in made.waiting().values()):,} hours wait"
    print(f"{name:16} {seconds:6.2f} s {peak_mb:6.0f} MB   {work}", flush=True)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        measure(sys.argv[1])
    else:
        for case in CASES:
            subprocess.run([sys.executable, __file__, case], check=True)
