"""Faults of the embedded AWS, injected on purpose: rules select the calls that fail, and how.

Rules apply to the calls of clients and jobs. The runtime's own calls (`RUNTIME`: its queues, the crawler, the checks)
never fail by a rule, because on AWS they don't exist. The calls of the export service (`EXPORTER`) and of
CloudFormation (`CLOUDFORMATION`) fail only if a rule names them as the caller.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Callable

if TYPE_CHECKING:
    from gluelocal.cloud.wire.calls import Call
    from loglake.core.ports.clock import Clock

CLIENT = "loglake-local"
"""The caller of the jobs, and of everyone who uses `EmbeddedAws.environment`."""
RUNTIME = "loglake-runtime"
EXPORTER = "logs.amazonaws.com"
"""The export service when it writes to buckets: CloudWatch Logs is a separate principal there."""
CLOUDFORMATION = "cloudformation.amazonaws.com"
"""CloudFormation when it makes resources for a caller without a role."""
_SERVICES = frozenset({EXPORTER, CLOUDFORMATION})


@dataclass(frozen=True)
class Fault:
    """A fault of a call.

    Attributes:
        kind: ``error`` answers `code` without carrying the call out. ``drop`` breaks the connection before the call is
            carried out, ``drop_after`` afterwards. ``hang`` makes the caller wait for `delay_s`, then does as ``drop``
            (the caller's read time-out if that is shorter); ``hang_after`` does so once the call is carried out.
            ``slow`` answers after `delay_s`.
        code: the error's code, HTTP status and message. If the code is empty, the called service's code for `name` is
            used.
        name: one of `fault_names.NAMED`; each service has its own error for it.
        delay_s: seconds, by the machine's clock, because the caller is another process.
    """

    kind: str
    name: str = ""
    code: str = ""
    status: int = 400
    message: str = ""
    delay_s: float = 0.0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"{self.kind!r} is not a kind of fault; there are {', '.join(KINDS)}")
        if self.kind == "error" and not (self.name or self.code):
            raise ValueError("an error needs a name or a code")


KINDS = ("error", "drop", "drop_after", "hang", "hang_after", "slow")


@dataclass(frozen=True)
class FaultRule:
    """Selects the calls that fail. All conditions must hold.

    Attributes:
        fault: the fault of the calls.
        service: botocore's name of the service, with ``*`` and ``?`` as in a shell.
        operation: the operation's name, with the same wildcards.
        first: the first matching call that fails, counted from 1.
        last: the last one that fails; None: no limit.
        probability: the share of the calls from `first` to `last` that fail.
        seed: the seed of these draws, one draw per call.
        from_ms: only calls at or after this time, by the clock of the embedded AWS.
        until_ms: only calls before this time.
        caller: who calls (`Call.caller`), with ``*`` and ``?``.
        resource: matches no call but CloudFormation's work on resources with this logical id, with ``*`` and ``?``. The
            operation is then CreateResource, UpdateResource or DeleteResource of the service ``cloudcontrol``.
        when: the last condition; calls that it refuses are not counted.
    """

    fault: Fault
    service: str = "*"
    operation: str = "*"
    first: int = 1
    last: int | None = None
    probability: float = 1.0
    seed: int = 0
    from_ms: int | None = None
    until_ms: int | None = None
    caller: str = ""
    resource: str = ""
    when: Callable[[Call], bool] = lambda _call: True

    def __post_init__(self) -> None:
        if self.first < 1 or (self.last is not None and self.last < self.first):
            raise ValueError(f"the calls from {self.first} to {self.last} are none: they are counted from 1")
        if not 0.0 <= self.probability <= 1.0:
            raise ValueError(f"a probability is between 0 and 1, not {self.probability}")

    def matches(self, call: Call, now_ms: int) -> bool:
        """Whether the rule counts a call."""
        return (
            not self.resource
            and self._in_time(now_ms)
            and self._called_by(call.caller)
            and fnmatchcase(call.service, self.service)
            and fnmatchcase(call.operation, self.operation)
            and self.when(call)
        )

    def matches_resource(self, logical_id: str, operation: str, now_ms: int) -> bool:
        """Whether the rule counts an operation on a resource of a stack."""
        return (
            fnmatchcase(logical_id, self.resource)
            and self._in_time(now_ms)
            and fnmatchcase("cloudcontrol", self.service)
            and fnmatchcase(operation, self.operation)
        )

    def _in_time(self, now_ms: int) -> bool:
        after = self.from_ms is None or now_ms >= self.from_ms
        return after and (self.until_ms is None or now_ms < self.until_ms)

    def _called_by(self, caller: str) -> bool:
        if caller == RUNTIME or not caller:
            return False
        return fnmatchcase(caller, self.caller) if self.caller else caller not in _SERVICES


class _Counted:
    """A rule, with the number of calls that matched and that failed."""

    def __init__(self, rule: FaultRule) -> None:
        self.rule = rule
        self.matched = 0
        self.struck = 0
        self._random = random.Random(rule.seed)

    def strikes(self) -> bool:
        rule = self.rule
        self.matched += 1
        drawn = self._random.random()  # draws for every call: the same calls fail each time
        inside = self.matched >= rule.first and (rule.last is None or self.matched <= rule.last)
        struck = inside and drawn < rule.probability
        self.struck += struck
        return struck


class Faults:
    """The active rules. Rules may change during calls."""

    def __init__(self, clock: Clock, rules: Iterable[FaultRule] = ()) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._rules = [_Counted(rule) for rule in rules]

    def add(self, *rules: FaultRule) -> None:
        """Adds rules after the active ones. If several would make a call fail, the first one does."""
        with self._lock:
            self._rules += [_Counted(rule) for rule in rules]

    def clear(self) -> None:
        """Removes all rules."""
        with self._lock:
            self._rules = []

    def struck(self, rule: FaultRule) -> int:
        """How many calls an active rule made fail."""
        with self._lock:
            return sum(counted.struck for counted in self._rules if counted.rule is rule)

    def fault_of(self, call: Call) -> Fault | None:
        """The fault of a call, or None. The call is counted."""
        return self._first(lambda rule, now_ms: rule.matches(call, now_ms))

    def fault_of_resource(self, logical_id: str, operation: str) -> Fault | None:
        """The fault of an operation, such as CreateResource, on a resource of a stack. It is counted too."""
        return self._first(lambda rule, now_ms: rule.matches_resource(logical_id, operation, now_ms))

    def _first(self, matches: Callable[[FaultRule, int], bool]) -> Fault | None:
        with self._lock:
            now_ms = self._clock.now_ms() if self._rules else 0
            matching = [counted for counted in self._rules if matches(counted.rule, now_ms)]
            striking = [counted.rule.fault for counted in matching if counted.strikes()]
        return striking[0] if striking else None
