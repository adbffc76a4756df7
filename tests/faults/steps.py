"""The steps of a job, as the embedded AWS sees them: every call is one, identified by its content and not by its
time."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qs

from gluelocal.cloud.wire.calls import Call, read_call
from loglake.aws.ledger_rows import GROUP, plain_item, row_of

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

JOB = "loglake-job"
"""The identity of the jobs, which distinguishes their calls from the tests' own."""

POLLS = frozenset({"DescribeExportTasks"})
"""How often a task is asked for depends on the machine; that it is at all does not."""

_WRITES = ("Put", "Delete", "Copy", "Create", "Update", "Transact", "BatchWrite")


class Step(NamedTuple):
    """The n-th call of its kind, from 1."""

    kind: str
    number: int

    @property
    def writes(self) -> bool:
        """Whether it changes anything. Otherwise the moments before and after it are the same."""
        return self.kind.startswith(_WRITES)

    def __str__(self) -> str:
        return f"{self.kind} #{self.number}"


def kind_of(call: Call) -> str:
    """The kind of a call: its operation, and the kind of its object."""
    if call.service == "s3":
        bucket, _, key = call.path.lstrip("/").partition("/")
        prefix = parse_qs(call.environ.get("QUERY_STRING", "")).get("prefix", [""])[0]
        folders = (key or prefix).split("/")
        role = next((role for role in ("control", "raw", "lake") if f"-{role}-" in bucket), bucket)
        return f"{call.operation} {role}/{folders[0] if len(folders) > 1 else ''}"
    if call.service == "dynamodb":
        return f"{call.operation} {_item_kind(json.loads(call.body))}"
    return call.operation


def _item_kind(request: dict[str, Any]) -> str:
    """Which items of the ledger a request is about: windows by their state, everything else by its partition key."""
    if request.get("IndexName"):
        return str(request["ExpressionAttributeValues"][":state"]["S"])
    if together := request.get("TransactItems"):
        (request,) = together[0].values()
    item = request.get("Item", {})
    if item and item["pk"]["S"].startswith(GROUP):
        return row_of(plain_item(item)).state.value
    reported = item or request.get("Key") or request.get("ExpressionAttributeValues", {})
    return str((reported.get("pk") or reported.get(":pk") or {"S": "*"})["S"]).partition("#")[0]


class Watch:
    """An observer of the embedded AWS that counts the jobs' steps. Subclasses do more.

    Attributes:
        seen: the steps so far.
        times: when each of them came, in seconds since this was made.
    """

    def __init__(self, caller: str = JOB) -> None:
        self.seen: list[Step] = []
        self.times: list[float] = []
        self._began = time.monotonic()
        self._caller = caller
        self._counts: Counter[str] = Counter()
        self._lock = threading.Lock()

    def __call__(self, environ: WSGIEnvironment) -> None:
        """Sees a request before it is answered."""
        call = read_call(environ)
        if call.caller != self._caller:
            return
        kind = kind_of(call)
        with self._lock:
            self._counts[kind] += 1
            step = Step(kind, self._counts[kind])
            self.seen.append(step)
            self.times.append(time.monotonic() - self._began)
        self.at(step)

    def at(self, step: Step) -> None:
        """Called for each step, in the request's thread."""

    def count(self, kind: str) -> int:
        """The number of steps of a kind so far."""
        return self._counts[kind]

    def time_of(self, kind: str, number: int) -> float:
        """When the n-th step of a kind came."""
        return self.times[self.seen.index(Step(kind, number))]


class Killer(Watch):
    """Kills a job at a step. With `carried_out` the call still takes effect, else it is lost."""

    def __init__(self, step: Step, *, carried_out: bool, caller: str = JOB) -> None:
        super().__init__(caller)
        self.pid = 0
        self.killed = False
        self._step = step
        self._carried_out = carried_out

    def at(self, step: Step) -> None:
        """Kills at the step."""
        if step != self._step or self.killed:
            return
        while not self.pid:  # the first call may come before the caller knows the job
            time.sleep(0.001)
        self.killed = True  # first: whoever waits for the job's end asks at once, and this thread may have to wait
        os.kill(self.pid, signal.SIGKILL)
        if not self._carried_out:
            raise ConnectionAbortedError("the call is lost with its caller")


class Stopper(Watch):
    """Stops a job before a step, which is carried out or lost; the job may be continued at any time later."""

    def __init__(self, step: Step) -> None:
        super().__init__()
        self.pid = 0
        self.stopped = threading.Event()
        self._step = step

    def at(self, step: Step) -> None:
        """Stops at the step."""
        if step != self._step or self.stopped.is_set():
            return
        while not self.pid:
            time.sleep(0.001)
        os.kill(self.pid, signal.SIGSTOP)
        self.stopped.set()


class Mark(Watch):
    """Wakes a waiting thread when a step comes."""

    def __init__(self, step: Step) -> None:
        super().__init__()
        self.reached = threading.Event()
        self._step = step

    def at(self, step: Step) -> None:
        """Tells."""
        if step == self._step:
            self.reached.set()


def instants(seen: Sequence[Step], windows: int) -> list[tuple[Step, bool]]:
    """Every moment for a kill: before each step, and after each step that changes something.

    Args:
        seen: the steps of a run that nothing disturbed.
        windows: how many it had; so often each of `POLLS` comes at least.
    """
    steps = [step for step in seen if step.kind not in POLLS or step.number <= windows]
    return [(step, carried_out) for step in steps for carried_out in ((False, True) if step.writes else (False,))]
