"""Runs both jobs on a deployment: without faults, killed, and until nothing is left to do."""

from __future__ import annotations

import json
import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from support.faults.injection import FaultRule, faults_of
from support.tiles import tile
from support.truth.oracle import Hour
from support.worlds.landed import landed_event, payload

from faults.branches import DATASETS_KEY, Branch, State
from faults.clocks import SharedClock
from faults.forks import Fork, Forks
from faults.steps import JOB, Killer, Mark, Stopper
from gluelocal.cloud.embedded_aws import EmbeddedAws
from loglake.core.compaction.keys import decision_of_shared, is_compacted
from loglake.core.keys import REQUESTS, TABLES
from loglake.core.requests.requests import request_body
from loglake.core.state_items import CHECK, change
from loglake.core.units import (
    EPOCH,
    MS_PER_DAY,
    MS_PER_HOUR,
    MS_PER_MINUTE,
    EpochMs,
    LogGroupName,
    day_of,
    parse_instant,
)
from loglake.core.windows import Window
from loglake_cli.local.exports.export_writing import Durations, ExportSettings
from loglake_cli.local.exports.exporting_aws import ExportingAws

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

Observer = Callable[["WSGIEnvironment"], None]
"""Sees each call of the embedded AWS before it is answered."""
EXPORT, CONVERT = "export-logs", "convert-logs"
SHOP, PLAIN, LIVE = LogGroupName("/app/shop"), LogGroupName("/app/plain"), LogGroupName("/live/pay")
START = parse_instant("2026-11-21")
DAYS = Window(START, EpochMs(START + 2 * MS_PER_DAY))
EVENTS = 12
"""Of each stream, over both days."""
PAY, CART = LogGroupName("/settling/pay"), LogGroupName("/settling/cart")
SETTLING = EpochMs(START + 10 * MS_PER_DAY)
"""The day whose windows are fresh, and then settle."""
LEASE_S = 300
STARTED_S = 300
"""A job that has not come to its mark by then never does."""
WAKES = 8
"""More runs than any history needs to be done, undisturbed from now on."""

DATASETS = {
    "datasets": [
        {"log_groups": [SHOP], "ingest": "export", "table": "app"},
        {"log_groups": [PLAIN], "ingest": "read", "table": "app"},
        {"log_groups": ["/live/*"], "ingest": "landing"},
    ]
}
LANDED = 3
TORN = b'{"messageType":"DATA_MESSAGE","logGroup":"/live/pay","logStr'


class Pipeline:
    """An account with log groups, and the jobs.

    Attributes:
        clock: the time, for all of them.
        aws: the account.
        forks: starts jobs while it is `running`.
        read_timeout_s: how long jobs wait for an answer; None: as they always do.
        had: the events that were put into log groups.
        late_ms: the hours whose events came only after they were exported, and when they came.
    """

    def __init__(self, log_dir: Path) -> None:
        self.clock = SharedClock(log_dir / "clock", START + 3 * MS_PER_DAY)
        self.aws = ExportingAws(self.clock, ExportSettings(lambda _request: Durations(1, 2)))
        self.forks: Forks
        self.read_timeout_s: float | None = None
        self.had: Counter[Hour] = Counter()
        self.late_ms: dict[Hour, int] = {}
        self._log_dir = log_dir
        self._branches = self._runs = 0

    @contextmanager
    def running(self) -> Iterator[Pipeline]:
        """Runs the account's server and the server of the jobs."""
        environment = {**self.aws.environment(), **self.aws.keys.of(JOB).environment()}
        with closing(self.clock), self.aws, Forks(environment, self._log_dir) as self.forks:
            yield self

    def branch(self, state: State) -> Branch:
        """A deployment of its own with this past."""
        self._branches += 1
        return Branch.made(self.aws, f"b{self._branches}", state)

    def start(self, branch: Branch, job: str, **settings: object) -> Fork:
        """Starts a job."""
        self._runs += 1
        given = {"poll_seconds": 1} if job == EXPORT else {"lease_seconds": LEASE_S}
        arguments = branch.arguments(job, f"wr_{self._runs:064x}", **{**given, **settings})
        return self.forks.start(job, arguments, self.clock.path, self.read_timeout_s)

    def ran(self, branch: Branch, job: str, watch: Observer | None = None) -> None:
        """Runs a job that has to succeed."""
        with self.watched(watch):
            fork = self.start(branch, job)
            code = fork.wait()
        assert code == 0, f"{job} ended with {code}: {fork.log.read_text()[-2000:]}"

    def killed_at(self, branch: Branch, job: str, killer: Killer) -> bool:
        """Runs a job that is to be killed at a step. Returns whether it was."""
        with self.watched(killer):
            fork = self.start(branch, job)
            killer.pid = fork.pid
            code = fork.wait()
        return killer.killed and code == -signal.SIGKILL

    def killed_after(self, branch: Branch, job: str, seconds: float, mark: Mark | None = None) -> bool:
        """Runs a job that is to be killed some time after its start, or after a step. Returns whether it was."""
        with self.watched(mark):
            fork = self.start(branch, job)
            assert mark is None or mark.reached.wait(STARTED_S), f"never came to its mark: {fork.log}"
            time.sleep(seconds)
            fork.kill()
            return fork.wait() == -signal.SIGKILL

    @contextmanager
    def stopped_at(self, branch: Branch, job: str, stopper: Stopper) -> Iterator[bool]:
        """A job that is stopped at a step, and goes on to its end after the block. Tells whether it was stopped."""
        with self.watched(stopper):
            fork = self.start(branch, job)
            stopper.pid = fork.pid
            stopped = stopper.stopped.wait(STARTED_S)
        yield stopped
        os.kill(fork.pid, signal.SIGCONT)
        fork.wait()

    @contextmanager
    def watched(self, watch: Observer | None) -> Iterator[None]:
        """Passes every call to an observer."""
        self.aws.observe = watch or _nobody
        try:
            yield
        finally:
            self.aws.observe = _nobody

    def weather(self, branch: Branch, *rules: FaultRule) -> int:
        """Wakes both jobs while calls fail by rules, whatever that does to them. Returns how many calls did.

        It ends when all is done, or after `WAKES` runs: then calls succeed again.
        """
        faults_of(self.aws).add(*rules)
        try:
            for _ in range(WAKES):
                for job in (EXPORT, CONVERT):
                    self.start(branch, job).wait()
                self.clock.advance(LEASE_S + 1)
                if is_done(branch):
                    break
            return sum(faults_of(self.aws).struck(rule) for rule in rules)
        finally:
            faults_of(self.aws).clear()

    def finish(self, branch: Branch) -> None:
        """Runs both jobs in turn until nothing is left to do, as the workflow's next runs would."""
        for _ in range(WAKES):
            self.clock.advance(LEASE_S + 1)  # no run starts earlier: the leases of the killed one have expired
            self.ran(branch, EXPORT)
            self.ran(branch, CONVERT)
            if is_done(branch):
                return


def load_groups(aws: EmbeddedAws, now_ms: int) -> Counter[Hour]:
    """Fills two log groups: JSON in one, events of two lines in the other. Returns how many each hour has."""
    step, had = 2 * MS_PER_DAY // EVENTS, Counter[Hour]()
    for group, message in ((SHOP, '{{"level":"info","n":{n},"user":{{"id":{n}}}}}'), (PLAIN, "line {n}\n  more")):
        for stream in ("a", "b/c"):
            events = [(START + n * step, message.format(n=n)) for n in range(EVENTS)]
            aws.log_store.load(group, stream, events, now_ms)
            had.update(hours(group, events))
    return had


def load_settling(aws: EmbeddedAws, group: str, first_hour: int, now_ms: int, text: str) -> Counter[Hour]:
    """Adds events to a log group that is exported by schedule: four of half a day, from an hour of its day on."""
    times = [SETTLING + hour * MS_PER_HOUR for hour in range(first_hour, first_hour + 12, 3)]
    events = [(ms, f"{text} {ms}") for ms in times]
    aws.log_store.load(group, f"{group[-3:]}/1", events, now_ms)
    return hours(group, events)


def hours(group: str, events: Iterable[tuple[int, str]]) -> Counter[Hour]:
    """How many events each hour has."""
    return Counter(Hour(group, ms - ms % MS_PER_HOUR) for ms, _ in events)


def is_done(branch: Branch) -> bool:
    """Whether no request and no landed object waits, and every window is finished."""
    groups = branch.status()["log_groups"]
    return not any(group["pending"] or group["failed"] for group in groups) and not (
        branch.keys("control", REQUESTS) or branch.arriving()
    )


def asked() -> State:
    """A deployment with requests for some days of two log groups, and a landed object of a third one.

    The end of the landed object is damaged, and goes to quarantine.
    """
    live = payload(LIVE, [landed_event(n, START + n * 1000) for n in range(LANDED)]) + TORN
    return State(
        {
            "control": {
                DATASETS_KEY: json.dumps(DATASETS).encode(),
                f"{REQUESTS}requested/1": request_body([SHOP], DAYS),
                f"{REQUESTS}requested/2": request_body([PLAIN], tile(DAYS)[0]),
            },
            "raw": {"landing/pay/1": live},
            "lake": {},
        }
    )


def _nobody(_environ: WSGIEnvironment) -> None:
    """Observes nothing."""


def settling(pipeline: Pipeline) -> tuple[State, EpochMs]:
    """A deployment whose schedule ticks once a day's windows have settled, and the time of that tick.

    The day was exported as two fresh windows of each of two log groups, which share files. Those of one had late
    events, so the settled window that takes their place has more rows; the day after it is fresh at the same tick. The
    other log group was deleted, so its rows stay.
    """
    clock, aws = pipeline.clock, pipeline.aws
    entry = {"log_groups": ["/settling/*"], "table": "settling", "ingest": "export", "start": day_of(SETTLING)}
    datasets = {"datasets": [entry]}
    branch = pipeline.branch(State({"control": {DATASETS_KEY: json.dumps(datasets).encode()}}))
    for tick, hour in enumerate((12, 24, 48)):
        clock.set(SETTLING + hour * MS_PER_HOUR + 40 * MS_PER_MINUTE)  # the lag is half an hour
        first = min(hour - 12, 24)
        for group in (PAY, CART) if hour < 48 else (PAY,):
            pipeline.had.update(load_settling(aws, group, first, clock.now_ms(), "on time"))
        branch.put("control", f"{REQUESTS}scheduled/{tick}", b"")
        if hour < 48:
            pipeline.ran(branch, EXPORT)
            pipeline.ran(branch, CONVERT)
            late = load_settling(aws, PAY, first + 1, clock.now_ms(), "late")
            pipeline.had.update(late)
            pipeline.late_ms.update(dict.fromkeys(late, clock.now_ms()))
    aws.client("logs").delete_log_group(logGroupName=CART)
    assert all(decision_of_shared(key) for key in branch.keys("lake", TABLES))
    return branch.state(), clock.now_ms()


def compacting(pipeline: Pipeline) -> tuple[State, EpochMs]:
    """A deployment of two log groups in one table, a month later, and the time of its next wake.

    Its day is one file. One of the two is asked for again, and it is time to look at the table: a converter takes its
    rows out of the file, and then makes one of the two that there are.
    """
    clock, datasets = pipeline.clock, {"datasets": [{"log_groups": ["/app/*"], "ingest": "export", "table": "app"}]}
    day = tile(DAYS)[0]
    branch = pipeline.branch(State({"control": {DATASETS_KEY: json.dumps(datasets).encode()}}))
    for days, group, reexport in ((3, SHOP, False), (3, PLAIN, False), (33, None, False), (34, SHOP, True)):
        clock.set(START + days * MS_PER_DAY)
        if days > 3:
            change(branch.ledger, CHECK, "app", EPOCH, lambda _: clock.now_ms())
        if group:
            branch.put("control", f"{REQUESTS}requested/{group[-4:]}{days}", request_body([group], day, reexport))
        if not reexport:
            pipeline.ran(branch, EXPORT)
            pipeline.ran(branch, CONVERT)
    assert [is_compacted(key) for key in branch.keys("lake", TABLES)] == [True]
    return branch.state(), clock.now_ms()
