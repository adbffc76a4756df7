"""A run of the convert job on a landing prefix that thousands of log groups share.

All stores are in memory. Each call of one takes as long as a request on AWS is assumed to take.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from benchmark.scale.row import Row, timed
from simulation.stores import IndexedStore
from support.fakes.catalogs import MemoryCatalog
from support.fakes.fakes import START_MS, ManualClock, MemoryLedger, silent
from support.fakes.stages import KernelStage
from support.worlds.landed import landed_event, payloads

from loglake.config import ConvertConfig
from loglake.core.keys import LANDING
from loglake.core.landing.objects import LandedObject, LandedState, ObjectScan, ScanFailure
from loglake.core.schema.bundle import Bundle, RawObject
from loglake.core.schema.conversion import BundleFailure, BundleResult, SchemaSample, TablePlan
from loglake.core.schema.datasets_file import load_datasets
from loglake.core.units import MS_PER_DAY, MS_PER_HOUR, LogGroupName
from loglake.pipelines.convert.job import run_convert
from loglake.pipelines.ports import ConvertPorts

DATASETS = load_datasets({"datasets": [{"log_groups": ["/app/*"], "ingest": "landing", "table": "app"}]})
REQUEST_S = 0.02
"""What docs/scale.md assumes a request to take."""

_ITEMS_PER_REQUEST = {"landed_objects": 3000, "list": 1000}


class TimedStage(KernelStage):
    """Times the kernels, without what the run does with each result.

    Attributes:
        seconds: what all calls took.
    """

    seconds = 0.0

    def scan(self, objects: Sequence[RawObject]) -> list[ObjectScan | ScanFailure]:
        with timed() as timer:
            found = super().scan(objects)
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
            with self._lock:
                self._calls[name] += requests
            time.sleep(REQUEST_S * requests)
            return iter(answer) if name in _ITEMS_PER_REQUEST else answer

        return counted


def measure_landing(groups: int, known: int, new: int) -> list[Row]:
    """Log groups in one prefix, objects that earlier runs took in, and new ones, each with events of two log groups."""
    clock, ledger = ManualClock(int(START_MS) + MS_PER_DAY), MemoryLedger()
    control, raw, lake = (IndexedStore(name) for name in ("control", "raw", "lake"))
    for number in range(known):
        key, body = f"{LANDING}2026/11/20/{number:07d}", b"taken in before"
        raw.put(key, body)
        ledger.put_landed_object(LandedObject(key, len(body), LandedState.SCANNED, events_in=1, scanned_at_ms=START_MS))
    for number in range(new):
        names = [LogGroupName(f"/app/{(number * 2 + each) % groups:05d}") for each in range(2)]
        ms = int(START_MS) + number * MS_PER_HOUR // max(new, 1)
        parts = [(name, [landed_event(number * 10 + each, ms)]) for each, name in enumerate(names)]
        raw.put(f"{LANDING}2026/11/21/{number:07d}", payloads(*parts))
    calls: Counter[str] = Counter()
    stage = TimedStage(raw, lake)
    ports = ConvertPorts(
        ledger=Counted(ledger, calls), control=Counted(control, calls), raw=Counted(raw, calls),
        lake=Counted(lake, calls), stage=stage,
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
    title = f"{groups:,} log groups, {known:,} landed objects known, {new:,} new: beyond converting"
    return [Row(title, whole.seconds - stage.seconds, "<=", 60, "s", details)]
