"""One lake of exported and landed log groups, with whatever may happen to them, as steps in any order.

Both jobs and the kernels are the real ones. Only AWS is not: it is in memory.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from simulation.account import job_settings
from support.fakes.catalogs import MemoryCatalog
from support.fakes.event_reader import FakeEventReader
from support.fakes.fakes import START_MS, FakeExportTasks, ManualClock, MemoryLedger
from support.fakes.stages import KernelStage
from support.fakes.steps import CrashError, Sleeper, Steps, crash
from support.fakes.stores import MemoryStore
from support.truth.claims import claims
from support.truth.oracle import DAY_MS, FOREVER_MS, HOUR_MS, Hour, Oracle, Promise
from support.truth.tables import rows_by_hour
from support.worlds.landed import landed_event, payload
from support.worlds.run_notes import note_export

from loglake.config import ConvertConfig, ExportConfig
from loglake.core.cloud_types import ExportTask
from loglake.core.keys import LANDING, REQUESTS, STAGING, TABLES
from loglake.core.requests.requests import request_body
from loglake.core.schema.datasets import Datasets
from loglake.core.schema.datasets_file import load_datasets
from loglake.core.schema.schema import ColumnType
from loglake.core.state_items import CATALOG_GAP, WATERMARK, of_groups, values
from loglake.core.units import EpochMs, LogGroupName
from loglake.core.windows import Window
from loglake.errors import ConfigError, NotFoundError, TransientError
from loglake.pipelines.convert.job import run_convert
from loglake.pipelines.export.job import run_export
from loglake.pipelines.ports import ConvertPorts, ExportPorts
from loglake.telemetry import Telemetry
from loglake_cli.operations.deployment import Deployment
from loglake_cli.operations.left_alone import pause, resume
from loglake_cli.operations.rerun import plan_rerun, rerun
from loglake_cli.operations.rerun_quarantined import plan_quarantined, rerun_quarantined
from loglake_cli.operations.selection import Selection
from loglake_cli.operations.standing.missing_reads import missing_in
from loglake_cli.operations.standing.reading import status_of
from loglake_cli.operations.standing.status_document import document
from loglake_cli.operations.tables.retype import plan_retyping, retype_column
from loglake_cli.operations.verify.check import verify

if TYPE_CHECKING:
    from loglake.core.ports.clock import Clock

GROUPS = tuple(LogGroupName(f"/app/{name}") for name in "abc")
LIVE = LogGroupName("/live/pay")
TABLE = "all"
LEASE_S = 600
SKEW_MS = 5 * 60_000
"""The clocks of two workers differ by so much."""
LAG_MS, READ_LAG_MS = 30 * 60_000, 5 * 60_000
"""`LagMinutes`, and what is less for log groups that are read."""
FOREIGN = ExportTask("foreign", "nightly", "RUNNING", "", "theirs", "exportedlogs", "/theirs")
JOBS = ("export", "convert")
_MOST_WAKE_UPS = 30
"""So often runs are woken in a day: one that has read fresh hours ends, and leaves tasks to the next."""
_FEW_CALLS = 40
_FINAL_DAYS = 19
"""Days that must be kept so that final passes come at their usual time."""
_TYPES = (ColumnType.BIGINT, ColumnType.DOUBLE, ColumnType.STRING)


class Step(NamedTuple):
    """Something that happens; two numbers say what exactly."""

    what: str
    first: int = 0
    second: int = 0


class Put(NamedTuple):
    """Events of an hour that came at once; `key` is their landed object."""

    hour: Hour
    exportable_ms: int
    events: int
    key: str = ""


class SkewedClock(ManualClock):
    """The clock of one worker."""

    def __init__(self, real: ManualClock, ahead_ms: int) -> None:
        super().__init__()
        self._real = real
        self._ahead_ms = ahead_ms

    def now_ms(self) -> EpochMs:
        return EpochMs(self._real.now_ms() + self._ahead_ms)

    def sleep(self, seconds: float) -> None:
        self._real.sleep(seconds)


class NoGlue:
    """A Data Catalog that has no tables, for commands."""

    def get_table(self, **asked: str) -> object:
        raise NotFoundError(f"no table {asked['Name']}")


class Lake:
    """An account with log groups by either way, by reading, by task, and landed; it is the oracle's source, too.

    All are in one table, so small windows that a run converts share files.

    Attributes:
        wrong: what the oracle has found.
        calls: of the last run of each job.
    """

    def __init__(self, kept_days: int | None = None) -> None:
        """`kept_days`: `retention_days` of the datasets."""
        self.clock = ManualClock(START_MS + 20 * 60_000)
        self.control, self.raw, self.lake = (MemoryStore(name) for name in ("control", "raw", "lake"))
        self.ledger, self.catalog = MemoryLedger(), MemoryCatalog()
        self.tasks = FakeExportTasks(self.raw, polls=1, clock=self.clock)
        self.reader = FakeEventReader(self.tasks, most=2)
        self.puts: list[Put] = []
        self.wrong: list[str] = []
        self.calls = dict.fromkeys(JOBS, 0)
        self._skew_ms = self._numbers = 0
        self._queued: frozenset[str] = frozenset()
        self._sleeping: list[Sleeper] = []
        self._datasets = _datasets(kept_days)
        for name in GROUPS:
            self.tasks.add_group(name, {}, created_ms=EpochMs(START_MS - DAY_MS))
        # The skew of two workers makes an hour or a day come to its end earlier for one of them.
        final_ms = 15 * DAY_MS - 2 * SKEW_MS if (kept_days or _FINAL_DAYS) >= _FINAL_DAYS else None
        promise = Promise(int(START_MS), 0, DAY_MS - 2 * SKEW_MS, final_ms, kept_days=kept_days)
        lags_ms = (READ_LAG_MS, READ_LAG_MS, LAG_MS)
        exported: dict[str, Promise] = {
            name: replace(promise, lag_ms=max(0, lag_ms - 2 * SKEW_MS))
            for name, lag_ms in zip(GROUPS, lags_ms, strict=True)
        }
        landed = Promise(int(START_MS), settled_ms=None, kept_days=kept_days)
        self.oracle = Oracle(self, {**exported, LIVE: landed})

    def take(self, step: Step) -> None:
        """Has it happen."""
        getattr(self, step.what.replace(" ", "_"))(step.first, step.second)

    # What happens to log groups.

    def events(self, hour: Hour, by_ms: int) -> int:
        """As the oracle asks."""
        came = (put for put in self.puts if put.hour == hour and put.exportable_ms <= by_ms)
        return sum(put.events for put in came if put.key not in self._queued)

    def came(self, hour: Hour, _by_ms: int) -> int:
        """As the oracle asks: what is to come is not noted yet."""
        return sum(put.events for put in self.puts if put.hour == hour)

    def kept_since_ms(self, log_group: str, now_ms: int) -> int | None:
        """As the oracle asks."""
        if log_group == LIVE:
            return 0
        group = self.tasks.groups.get(LogGroupName(log_group))
        if group is None:
            return None
        edge_ms = max(group.created_ms, now_ms - group.retention_days * DAY_MS if group.retention_days else 0)
        return edge_ms + -edge_ms % HOUR_MS

    def put(self, number: int, minutes: int) -> None:
        """Events come that are up to 14 days late, and can be exported up to twelve hours later."""
        name, now_ms = GROUPS[number % len(GROUPS)], self.clock.now_ms()
        group = self.tasks.groups.get(name)
        ms = max(now_ms - minutes * 60_000, int(START_MS))
        if group is None or self._is_gone(name, ms):
            return
        late_ms = number * 7919 % (12 * HOUR_MS)
        events = [
            (ms + each, f'{{"n": {self._number()}}}')
            for each in range(1 + number % 3)
            if (ms + each) // HOUR_MS == ms // HOUR_MS
        ]
        self.tasks.add_late(name, {"web": events}, late_ms / 1000)
        self.tasks.incoming.setdefault(name, {})
        self.tasks.incoming[name][now_ms] = self.tasks.incoming[name].get(now_ms, 0) + len(events)
        self.puts.append(Put(Hour(name, ms - ms % HOUR_MS), now_ms + late_ms, len(events)))

    def _is_gone(self, name: LogGroupName, ms: int) -> bool:
        kept_ms = self.kept_since_ms(name, self.clock.now_ms())
        return kept_ms is None or ms < kept_ms

    def _number(self) -> int:
        self._numbers += 1
        return self._numbers

    def land(self, number: int, minutes: int) -> None:
        """An object is delivered, with an event of an earlier one again."""
        now_ms = self.clock.now_ms()
        ms = max(now_ms - minutes * 60_000, int(START_MS))
        numbers = [self._number() for _ in range(1 + number % 3)]
        events = [landed_event(each, ms, f'{{"n": {each}}}') for each in numbers]
        again = events[:1] if number % 2 else []
        self.raw.now_ms = self.clock.now_ms()
        key = f"{LANDING}{self._number():06d}"
        self.puts.append(Put(Hour(LIVE, ms - ms % HOUR_MS), now_ms, len(events), key))
        self.raw.put(key, payload(LIVE, [*events, *again]))

    def deleted(self, number: int, _second: int) -> None:
        """A log group is deleted, with all that it had."""
        self.tasks.groups.pop(GROUPS[number % len(GROUPS)], None)
        self._forget(GROUPS[number % len(GROUPS)])

    def made_again(self, number: int, _second: int) -> None:
        """A log group is deleted and made again."""
        name = GROUPS[number % len(GROUPS)]
        self._forget(name)
        self.tasks.add_group(name, {}, created_ms=self.clock.now_ms())

    def _forget(self, name: LogGroupName) -> None:
        if name not in of_groups(self.ledger, WATERMARK):  # no run has seen it: nobody can know what it had
            self.puts = [put for put in self.puts if put.hour.log_group != name]
        self.tasks.events[name] = {}
        self.tasks.late = [late for late in self.tasks.late if late[1] != name]

    def retention(self, number: int, days: int) -> None:
        """A log group keeps its events for a few days."""
        name = GROUPS[number % len(GROUPS)]
        if name in self.tasks.groups:
            self.tasks.groups[name] = replace(self.tasks.groups[name], retention_days=3 + days % 5)

    def paused(self, number: int, _second: int) -> None:
        """Somebody pauses a log group."""
        pause(self.deployment, GROUPS[number % len(GROUPS)])

    def resumed(self, number: int, _second: int) -> None:
        """Somebody ends a pause."""
        resume(self.deployment, GROUPS[number % len(GROUPS)])

    def asked(self, number: int, hours: int) -> None:
        """Somebody asks for a time range, each third time with `--replace`."""
        from_ms = int(START_MS) + number % 72 * HOUR_MS
        window = Window(EpochMs(from_ms), EpochMs(from_ms + (1 + hours % 50) * HOUR_MS))
        self.control.put(f"{REQUESTS}requested/{self._number()}", request_body(["/app/*"], window, number % 3 == 0))

    def foreign_task(self, polls: int, _second: int) -> None:
        """Somebody else has the export slot for a while."""
        self.tasks.others, self.tasks.others_until_polls = FOREIGN, 1 + polls % 5

    def converted_again(self, number: int, _second: int) -> None:
        """Somebody has all windows of a log group converted again, from the same raw objects."""
        name = (*GROUPS, LIVE)[number % (len(GROUPS) + 1)]
        plan = plan_quarantined(self.deployment, Selection((name,)), redact=True)
        rerun_quarantined(self.deployment, plan)

    def rerun(self, _first: int, _second: int) -> None:
        """Somebody has what failed tried again."""
        rerun(self.deployment, plan_rerun(self.deployment))

    def retyped(self, number: int, _second: int) -> None:
        """Somebody gives a column another type: all windows with other files are converted again."""
        with suppress(ConfigError):  # there is nothing to do, or not now
            plan = plan_retyping(self.deployment, TABLE, {"n": _TYPES[number % len(_TYPES)]})
            retype_column(self.deployment, plan)

    # Runs.

    def waited(self, number: int, _second: int) -> None:
        """Hours go by."""
        self.clock.time_ms += (1 + number % 60) * HOUR_MS

    def ran(self, skew: int = 0, _second: int = 0) -> None:
        """The schedule's tick, and a run of each job, to the end."""
        self._skew_ms = (skew % 3 - 1) * SKEW_MS
        self._tick()
        for job in JOBS:
            self._run(job, Steps())
        self.look()

    def killed(self, job: int, call: int) -> None:
        """A job is killed at one of its calls."""
        name = JOBS[job % len(JOBS)]
        self.cut(name, call % max(self.calls[name], _FEW_CALLS), crash)

    def two_at_once(self, job: int, call: int) -> None:
        """A job meets another pair of runs at one of its calls, which takes it for dead, and goes on."""
        name = JOBS[job % len(JOBS)]
        self.cut(name, call % max(self.calls[name], _FEW_CALLS), self.overtake)

    def overtake(self) -> None:
        """Another pair of runs, once the lease of a silent one is over."""
        self.clock.sleep(LEASE_S + 1)
        for name in JOBS:
            self._run(name, Steps())

    def asleep(self, _first: int, call: int) -> None:
        """A converter stops at one of its calls for as long as it likes. Of exporters there is one at a time."""
        self._tick()
        self._run("export", Steps())
        at = call % max(self.calls["convert"], _FEW_CALLS)
        self._sleeping.append(Sleeper(lambda steps: self._run("convert", steps), at))
        self.clock.sleep(LEASE_S + 1)
        self.look(at_rest=False)

    def awake(self, _first: int = 0, _second: int = 0) -> None:
        """It goes on, as if no time had gone by."""
        for sleeper in self._sleeping[:1]:
            sleeper.wake()
            self._sleeping.remove(sleeper)
            self.clock.sleep(LEASE_S + 1)
            self.look(at_rest=False)

    def cut(self, job: str, at: int, act: Callable[[], object]) -> int:
        """A tick, and something happens at one of a job's calls. Returns how many the job made."""
        self._tick()
        for name in JOBS[: JOBS.index(job)]:
            self._run(name, Steps())
        steps = Steps(at, act)
        with suppress(CrashError):
            self._run(job, steps)
        self.clock.sleep(LEASE_S + 1)
        self.look(at_rest=False)
        return steps.calls

    def _tick(self) -> None:
        self.control.put(f"{REQUESTS}scheduled/{self._number()}", b"")

    def _run(self, job: str, steps: Steps) -> None:
        wrap: Callable[[Any], Any] = steps.wrap
        clock: Clock = SkewedClock(self.clock, self._skew_ms)
        telemetry, run_id = Telemetry(clock, "run", io.StringIO()), f"jr_{self._number()}"
        shared: dict[str, Any] = {"ledger": wrap(self.ledger), "catalog": self.catalog, "control": wrap(self.control)}
        shared |= {"clock": clock, "telemetry": telemetry, "raw": wrap(self.raw)}
        self.raw.landed.time_out()
        if job == "export":
            ports = ExportPorts(**shared, tasks=wrap(self.tasks), reader=wrap(self.reader))
            report = run_export(ports, self._datasets, ExportConfig.from_argv(*job_settings(run_id)))
            note_export(self.ledger, report, clock.now_ms())
        else:
            lake = wrap(self.lake)
            whole = ConvertPorts(
                **shared, landed=wrap(self.raw.landed), lake=lake, stage=KernelStage(shared["raw"], lake)
            )
            config = ConvertConfig.from_argv(*job_settings(run_id, lease_seconds=str(LEASE_S)))
            with suppress(TransientError):  # a window waits for another run
                run_convert(whole, self._datasets, config)
            self.catalog.crawl(values(self.ledger, CATALOG_GAP))
        self.calls[job] = steps.calls

    # What a user can see.

    @property
    def deployment(self) -> Deployment:
        """For commands."""
        stores = self.control, self.raw, self.lake
        return Deployment(self.ledger, *stores, NoGlue(), "loglake", self.clock, self.tasks)

    def look(self, *, at_rest: bool = True, due: bool = False) -> None:
        """Looks at the tables and the status; passes are due only if runs have come in time.

        A run that was cut off may not have received all landed objects. No status can know those.
        """
        promises, queue = self.oracle.promises, self.raw.landed
        arrivals = [*queue.messages.values(), *queue.received.values()]
        self._queued = frozenset() if at_rest else frozenset(each.key for each in arrivals)
        if not due:
            self.oracle.promises = {name: replace(each, late_ms=FOREVER_MS) for name, each in promises.items()}
        seen = rows_by_hour(self.lake.get(item.key) for item in self.lake.list(TABLES))
        status = document(status_of(self.deployment), "")
        self.wrong += self.oracle.look(self.clock.now_ms(), seen, status, at_rest=at_rest)
        self.wrong += [*self._untrue(seen), *self._damage(deep=due)] if at_rest else []
        self.oracle.promises = promises
        self._queued = frozenset()

    def _damage(self, *, deep: bool) -> list[str]:
        found = verify(replace(self.deployment, glue=None), deep=deep).damage
        return [f"damage: {each.kind.label} {each.key} {each.what}" for each in found]

    def _untrue(self, seen: Mapping[Hour, int]) -> list[str]:
        """Hours that an answer calls complete, and that lack events of the table."""
        now_ms = int(self.clock.now_ms())
        hours = {put.hour for put in self.puts if self._keeps(put.hour, now_ms)}
        exported = {row.log_group for row in self.ledger.all_rows()}
        wrong = []
        for asked in dict.fromkeys([(hour.from_ms, hour.to_ms) for hour in hours] + [(int(START_MS), now_ms)]):
            missing = missing_in(self.deployment, {TABLE: asked}).to_json()
            for hour in (each for each in hours if asked[0] <= each.from_ms and each.to_ms <= asked[1]):
                due = self.events(hour, min(now_ms, hour.day_end_ms + DAY_MS - 2 * SKEW_MS))
                if seen.get(hour, 0) < due and claims(missing, hour, known=hour.log_group in exported):
                    wrong.append(f"{hour} has {seen.get(hour, 0)} events of {due}, and an answer calls it complete")
        return wrong

    def _keeps(self, hour: Hour, now_ms: int) -> bool:
        """Whether both a log group and the lake are to have an hour."""
        kept_ms = self.kept_since_ms(hour.log_group, now_ms)
        return kept_ms is not None and hour.from_ms >= self.oracle.promises[hour.log_group].kept_since_ms(now_ms)

    def finish(self, days: int = 18) -> None:
        """Nothing is in the way any more, and runs come in time and are woken, until all passes are over."""
        self.tasks.others_until_polls = 0
        while self._sleeping:
            self.awake()
        for name in GROUPS:
            resume(self.deployment, name)
        for _ in range(days):
            self.clock.time_ms += DAY_MS
            self.ran(1)
            for _ in range(_MOST_WAKE_UPS):
                if any(self.control.list(f"{REQUESTS}continue/")):
                    for job in JOBS:
                        self._run(job, Steps())
        self.look(due=True)
        self.wrong += [f"{item.key} was left in staging" for item in self.lake.list(STAGING)]


def _datasets(kept_days: int | None) -> Datasets:
    ways = dict(zip(GROUPS, ("auto", "read", "export"), strict=True))
    kept = {"retention_days": kept_days} if kept_days else {}
    exported = [
        {"log_groups": [name], "table": TABLE, "start": "2026-11-21", "ingest": way, **kept}
        for name, way in ways.items()
    ]
    return load_datasets({"datasets": [*exported, {"log_groups": [LIVE], "table": TABLE, "ingest": "landing", **kept}]})
