"""A run of the convert job on a landing prefix that thousands of log groups share.

All stores are in memory. Each call of one takes as long as a request on AWS is assumed to take.
"""

from __future__ import annotations

import json
import math
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import product
from typing import Any, TypeVar

from benchmark.scale.row import Row, timed
from simulation.stores import IndexedStore
from support.fakes.catalogs import MemoryCatalog
from support.fakes.fakes import START_MS, ManualClock, MemoryLedger, silent
from support.fakes.stages import KernelStage
from support.tiles import tile
from support.worlds.landed import landed_event, payloads
from support.worlds.ledger_rows import ledger_row

from loglake.config import ConvertConfig
from loglake.core.keys import LANDING
from loglake.core.landing.objects import LandedObject, LandedState, ObjectScan, ScanFailure
from loglake.core.ledger.closed import closed_until, month_of
from loglake.core.ledger.row import LedgerRow, WindowState
from loglake.core.ledger.row_json import row_to_json
from loglake.core.schema.bundle import Bundle, RawObject
from loglake.core.schema.conversion import BundleFailure, BundleResult, SchemaSample, TablePlan
from loglake.core.schema.datasets_file import load_datasets
from loglake.core.state_items import LANDED_LOOK, LOOK, StateItem, StateKind, StateOfKind
from loglake.core.units import EPOCH, MS_PER_DAY, MS_PER_HOUR, EpochMs, LogGroupName
from loglake.core.windows import Window
from loglake.pipelines.convert.job import run_convert
from loglake.pipelines.ports import ConvertPorts

T = TypeVar("T")

DATASETS = load_datasets({"datasets": [{"log_groups": ["/app/*"], "ingest": "landing", "table": "app"}]})
REQUEST_S = 0.02
"""What docs/scale.md assumes a request to take."""

_ITEMS_PER_REQUEST = {"landed_on": 3000, "list": 1000}

_REPLACED_DAYS = 5
"""So long replaced hours stay at the most: SUPERSEDED_MS, and until DynamoDB deletes what has expired."""

_MESSAGES = 10
"""Messages of one call of SQS."""

_UNIT_BYTES = 4096
"""What a consistent read of DynamoDB takes for one unit; one of the index takes half."""


class TimedStage(KernelStage):
    """Times the kernels, without what the run does with each result.

    Attributes:
        seconds: what all calls took.
    """

    seconds = 0.0

    def scan(self, objects: Sequence[RawObject], *, redacts: bool = False) -> list[ObjectScan | ScanFailure]:
        with timed() as timer:
            found = super().scan(objects, redacts=redacts)
        self.seconds += timer.seconds
        return found

    def sample(self, bundles: Sequence[Bundle]) -> list[SchemaSample | BundleFailure]:
        with timed() as timer:
            found = super().sample(bundles)
        self.seconds += timer.seconds
        return found

    def convert(
        self,
        work: Sequence[tuple[Bundle, TablePlan]],
        on_result: Callable[[BundleResult | BundleFailure], None],
    ) -> None:
        taken: list[float] = []

        def take(result: BundleResult | BundleFailure) -> None:
            with timed() as timer:
                on_result(result)
            taken.append(timer.seconds)

        with timed() as timer:
            super().convert(work, take)
        self.seconds += timer.seconds - sum(taken)


class Counted:
    """A port that counts its calls. On AWS, each would be one request at least, and it takes as long as one here."""

    def __init__(self, port: Any, calls: Counter[str]) -> None:
        self._port = port
        self._calls = calls
        self._lock = threading.Lock()

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._port, name)
        return self._wrapped(name, found) if callable(found) else found

    def _wrapped(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*given: Any, **named: Any) -> Any:
            answer, requests = call(*given, **named), 1
            if name in _ITEMS_PER_REQUEST:
                answer = list(answer)
                requests += len(answer) // _ITEMS_PER_REQUEST[name]
            if name == "receive":  # a deletion takes as many
                requests += 2 * len(answer) // _MESSAGES
            with self._lock:
                self._calls[name] += requests
            time.sleep(REQUEST_S * requests)
            return iter(answer) if name in _ITEMS_PER_REQUEST else answer

        return counted


class ReadUnits(MemoryLedger):
    """A ledger that counts the read units of DynamoDB for what is read.

    Attributes:
        units: by the name of the call.
    """

    def __init__(self) -> None:
        super().__init__()
        self.units: Counter[str] = Counter()

    def _count(self, name: str, items: Iterable[object], share: float = 1) -> None:
        size = sum(len(json.dumps(each, default=str)) for each in items)
        self.units[name] += max(1, math.ceil(size / _UNIT_BYTES * share))

    def _counted(self, name: str, rows: list[LedgerRow], share: float = 1) -> list[LedgerRow]:
        self._count(name, map(row_to_json, rows), share)
        return rows

    def rows(self, log_group: LogGroupName) -> list[LedgerRow]:
        return self._counted("rows", super().rows(log_group))

    def rows_between(
        self, log_group: LogGroupName, since_ms: EpochMs, until_ms: EpochMs | None = None
    ) -> list[LedgerRow]:
        return self._counted("rows_between", super().rows_between(log_group, since_ms, until_ms))

    def rows_inside(self, log_group: LogGroupName, window: Window) -> list[LedgerRow]:
        between = super().rows_between(log_group, window.from_ms, window.to_ms)
        return self._counted(
            "rows_inside", [row for row in between if window.holds(row.window) and row.window != window]
        )

    def open_rows(self, log_group: LogGroupName, until_ms: EpochMs) -> list[LedgerRow]:
        rows = super().rows_between(log_group, EPOCH, until_ms)
        return self._counted("open_rows", [row for row in rows if self.closed.get(row.name) != row.version])

    def close_rows(self, rows: Sequence[LedgerRow]) -> int:
        before = self.units["row"]
        deleted = super().close_rows(rows)
        self.units["row"] = before  # only months are read: the transaction checks the rows
        self.units["close_rows"] += 2 * len({month_of(row.window.from_ms) for row in rows})
        return deleted

    def row(self, log_group: LogGroupName, window: Window) -> LedgerRow:
        self.units["row"] += 1
        return super().row(log_group, window)

    def in_states(self, *states: WindowState) -> list[LedgerRow]:
        return self._counted("in_states", super().in_states(*states), 0.5)

    def landed_on(self, day: EpochMs) -> Iterator[LandedObject]:
        found = list(super().landed_on(day))
        self._count("landed_on", (known.to_json() for known in found))
        return iter(found)

    def open_landed(self) -> list[LandedObject]:
        found = super().open_landed()
        self._count("open_landed", (known.to_json() for known in found), 0.5)
        return found

    def load(self, kind: StateKind[T], key: str) -> StateItem[T] | None:
        self.units["load"] += 1
        return super().load(kind, key)

    def load_all(self, kind: StateKind[T]) -> StateOfKind[T]:
        found = super().load_all(kind)
        self._count("load_all", (kind.to_json(item.value) for item in found.values()))
        return found


def measure_year(groups: int, days: int, a_day: int, new: int) -> list[Row]:
    """New objects of a few log groups, as of load balancers, after so many days with so many objects each.

    Known objects are those of the last 30 days. The fakes hold a hundredth of them: a run must read none. Months that
    ended 20 days ago are closed, and replaced hours have expired.
    """
    ledger, names = ReadUnits(), [LogGroupName(f"/app/{number:05d}") for number in range(groups)]
    for name, day in product(names, range(days)):
        whole = Window(EpochMs(START_MS - (day + 2) * MS_PER_DAY), EpochMs(START_MS - (day + 1) * MS_PER_DAY))
        settled = ledger_row(name, whole, "app", WindowState.CONVERTED, landed=True, objects=1)
        ledger.add(settled)
        if whole.from_ms < closed_until(START_MS):
            ledger.closed[settled.name] = settled.version
        for hour in tile(whole, MS_PER_HOUR) if day < _REPLACED_DAYS else ():
            ledger.add(ledger_row(name, hour, "app", WindowState.SUPERSEDED, landed=True, objects=1))
    for day, number in product(range(30), range(a_day // 100)):
        key, arrived_ms = f"{LANDING}{day:02d}/{number:07d}", EpochMs(START_MS - day * MS_PER_DAY)
        ledger.put_landed_object(LandedObject(key, 1, LandedState.SCANNED, events_in=1, arrived_ms=arrived_ms))
    seconds, details = _measured(ledger, names, new)
    if ledger.units["landed_on"]:
        raise RuntimeError("the run read known objects")
    title = f"{days:,} days of {a_day:,} landed objects known, {new:,} new of {groups} log groups: "
    units = sum(ledger.units.values())
    return [
        Row(title + "beyond converting", seconds, "<=", 60, "s", details),
        Row(title + "read units", units, "<=", 2000, "", {name: float(n) for name, n in ledger.units.items()}),
    ]


def measure_landing(groups: int, new: int) -> list[Row]:
    """Log groups in one prefix, and new objects, each with events of two log groups."""
    names = [LogGroupName(f"/app/{number:05d}") for number in range(groups)]
    seconds, details = _measured(MemoryLedger(), names, new)
    title = f"{groups:,} log groups, {new:,} landed objects new: beyond converting"
    return [Row(title, seconds, "<=", 60, "s", details)]


def _measured(ledger: MemoryLedger, groups: Sequence[LogGroupName], new: int) -> tuple[float, dict[str, float | str]]:
    """Lands new objects and runs the job; the seconds beyond converting, and details."""
    clock = ManualClock(int(START_MS) + MS_PER_DAY)
    control, raw, lake = (IndexedStore(name) for name in ("control", "raw", "lake"))
    ledger.put(LANDED_LOOK, LOOK, clock.now_ms())
    raw.now_ms = clock.now_ms()
    for number in range(new):
        names = [groups[(number * 2 + each) % len(groups)] for each in range(2)]
        ms = int(START_MS) + number * MS_PER_HOUR // max(new, 1)
        parts = [(name, [landed_event(number * 10 + each, ms)]) for each, name in enumerate(names)]
        raw.put(f"{LANDING}2026/11/21/{number:07d}", payloads(*parts))
    calls: Counter[str] = Counter()
    stage = TimedStage(raw, lake)
    ports = ConvertPorts(
        ledger=Counted(ledger, calls), control=Counted(control, calls), raw=Counted(raw, calls),
        landed=Counted(raw.landed, calls), lake=Counted(lake, calls), stage=stage,
        clock=clock, telemetry=silent(clock), catalog=MemoryCatalog(),
    )  # fmt: skip
    settings = ("jr_1", 36000.0, "lake", "convert", 600.0, 0.01)
    config = ConvertConfig("control", "raw", "t", "s3://x/y", *settings)
    with timed() as whole:
        report = run_convert(ports, DATASETS, config)
    if report.landing.scanned != new or report.failed:
        raise RuntimeError(f"{report.landing.scanned} of {new} objects were taken in: {report.failed}")
    details: dict[str, float | str] = {
        "seconds": whole.seconds,
        "CPU seconds": whole.cpu_seconds,
        "windows": report.converted,
        "calls of stores": sum(calls.values()),
        "seconds of these, one by one": sum(calls.values()) * REQUEST_S,
    }
    return whole.seconds - stage.seconds, details
