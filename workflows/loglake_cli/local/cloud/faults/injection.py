"""Faults of the embedded AWS, put in on purpose: rules say which calls fail, and how.

A rule looks at the calls of clients and jobs. The runtime's own calls (`RUNTIME`: its queues, the crawler, the
checks) never fail by a rule, since no part of AWS would; those of the export service itself (`EXPORTER`) only where
a rule names them as the caller, and so those of CloudFormation (`CLOUDFORMATION`).
"""

from __future__ import annotations

import random
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Callable

if TYPE_CHECKING:
    from loglake.core.ports.clock import Clock
    from loglake_cli.local.cloud.wire.calls import Call

CLIENT = "loglake-local"
"""Who the jobs are, and whoever uses `EmbeddedAws.environment`."""
RUNTIME = "loglake-runtime"
EXPORTER = "logs.amazonaws.com"
"""The export service as it writes to buckets: CloudWatch Logs is a principal of its own there."""
CLOUDFORMATION = "cloudformation.amazonaws.com"
"""CloudFormation as it makes resources for somebody who is no role."""
_SERVICES = frozenset({EXPORTER, CLOUDFORMATION})


@dataclass(frozen=True)
class Fault:
    """What befalls a call.

    Attributes:
        kind: ``error`` answers `code` without carrying the call out; ``drop`` breaks the connection before it is
            carried out, ``drop_after`` when it is; ``hang`` lets the caller wait for `delay_s` and then does as
            ``drop`` (a read time-out, where the caller waits for less); ``hang_after`` does so when it is carried out;
            ``slow`` answers after `delay_s`.
        code: the error's code, and its HTTP status and message. An empty code is the one that `name` has in the
            service that is called.
        name: one of `fault_names.NAMED`, which each service tells in its own way.
        delay_s: seconds, by the machine's clock: whoever waits is another process.
    """

    kind: str
    name: str = ""
    code: str = ""
    status: int = 400
    message: str = ""
    delay_s: float = 0.0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"{self.kind!r} is no kind of fault; there are {', '.join(KINDS)}")
        if self.kind == "error" and not (self.name or self.code):
            raise ValueError("an error needs a name or a code")


KINDS = ("error", "drop", "drop_after", "hang", "hang_after", "slow")


@dataclass(frozen=True)
class FaultRule:
    """Which calls a fault befalls. All conditions must hold.

    Attributes:
        fault: what happens to them.
        service: botocore's name of the service, with ``*`` and ``?`` as in a shell.
        operation: the operation's name, with the same.
        first: the first of the calls that match which fails, counted from 1 …
        last: … and the last; None: no last.
        probability: the share of the calls from `first` to `last` that fail,
        seed: drawn with this seed, one draw per call.
        from_ms: only calls at or after this time, …
        until_ms: … and before this one, by the clock of the embedded AWS.
        caller: who calls (`Call.caller`), with ``*`` and ``?``.
        resource: not a call, but what CloudFormation does to resources with this logical id, with ``*`` and ``?``; the
            operation is then CreateResource, UpdateResource or DeleteResource of the service ``cloudcontrol``.
        when: asked last; calls that it refuses are not counted.
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
        """Whether a call is one of those that the rule counts."""
        return (
            not self.resource
            and self._in_time(now_ms)
            and self._called_by(call.caller)
            and fnmatchcase(call.service, self.service)
            and fnmatchcase(call.operation, self.operation)
            and self.when(call)
        )

    def matches_resource(self, logical_id: str, operation: str, now_ms: int) -> bool:
        """Whether what is done to a resource of a stack is one of the things that the rule counts."""
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
        if not self.caller:
            return caller not in _SERVICES
        return fnmatchcase(caller, self.caller)


class _Counted:
    """A rule with how often it matched and struck."""

    def __init__(self, rule: FaultRule) -> None:
        self.rule = rule
        self.matched = 0
        self.struck = 0
        self._random = random.Random(rule.seed)

    def strikes(self) -> bool:
        rule = self.rule
        self.matched += 1
        drawn = self._random.random()  # one per call, whatever the others say: the same calls fail each time
        inside = self.matched >= rule.first and (rule.last is None or self.matched <= rule.last)
        struck = inside and drawn < rule.probability
        self.struck += struck
        return struck


class Faults:
    """The rules in force. Safe to change while calls are made."""

    def __init__(self, clock: Clock, rules: Iterable[FaultRule] = ()) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._rules = [_Counted(rule) for rule in rules]

    def add(self, *rules: FaultRule) -> None:
        """Puts rules in force, after those that are; where several strike a call, the first does."""
        with self._lock:
            self._rules += [_Counted(rule) for rule in rules]

    def clear(self) -> None:
        """Takes all rules out of force."""
        with self._lock:
            self._rules = []

    def struck(self, rule: FaultRule) -> int:
        """How many calls a rule in force has made fail."""
        with self._lock:
            return sum(counted.struck for counted in self._rules if counted.rule is rule)

    def fault_of(self, call: Call) -> Fault | None:
        """What befalls a call, which is counted by this; None: nothing."""
        return self._first(lambda rule, now_ms: rule.matches(call, now_ms))

    def fault_of_resource(self, logical_id: str, operation: str) -> Fault | None:
        """What befalls an operation, such as CreateResource, on a resource of a stack; counted, too."""
        return self._first(lambda rule, now_ms: rule.matches_resource(logical_id, operation, now_ms))

    def _first(self, matches: Callable[[FaultRule, int], bool]) -> Fault | None:
        with self._lock:
            now_ms = self._clock.now_ms() if self._rules else 0
            matching = [counted for counted in self._rules if matches(counted.rule, now_ms)]
            striking = [counted.rule.fault for counted in matching if counted.strikes()]
        return striking[0] if striking else None
