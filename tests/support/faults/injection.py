"""Faults of an embedded AWS, injected on purpose: rules select the calls that fail, and how.

Rules apply to the calls of clients and jobs. The runtime's own calls (`RUNTIME`: its queues, the crawler, the checks)
never fail by a rule, because on AWS they don't exist. The calls of the export service (`EXPORTER`) and of
CloudFormation (`CLOUDFORMATION`) fail only if a rule names them as the caller.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from gluelocal.cloud.callers import CLOUDFORMATION, EXPORTER, RUNTIME
from gluelocal.cloud.wire.calls import Call, send
from gluelocal.cloudformation.reasons import HandlerError, handler_code, handler_message
from support.faults.fault_names import Fault, answer_of, error_text

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse

    from gluelocal.cloud.embedded_aws import EmbeddedAws

_SERVICES = frozenset({EXPORTER, CLOUDFORMATION})


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


def faults_of(aws: EmbeddedAws) -> Faults:
    """The active rules of an embedded AWS; none at first."""
    found = getattr(aws.around, "__self__", None)
    if not isinstance(found, Faults):
        found = Faults(aws)
        aws.around = found.around
    return found


class Faults:
    """The active rules. Rules may change during calls."""

    def __init__(self, aws: EmbeddedAws) -> None:
        self._aws = aws
        self._lock = threading.Lock()
        self._rules: list[_Counted] = []

    def around(
        self, call: Call, answered: Callable[[], Iterable[bytes]], start_response: StartResponse
    ) -> Iterable[bytes]:
        """Answers a call as its fault does, or as without one."""
        fault = self._first(lambda rule, now_ms: rule.matches(call, now_ms))
        if fault is None:
            return answered()
        if fault.kind == "error":
            return send(answer_of(fault, call), start_response)
        if fault.kind in {"slow", "hang"}:
            self._aws.stopping.wait(fault.delay_s)
        if fault.kind in {"drop", "hang"}:
            raise ConnectionAbortedError(f"{call.service}:{call.operation} is lost, by a fault rule")
        answer = answered()
        if fault.kind == "slow":
            return answer
        list(answer)  # carries it out completely
        if fault.kind == "hang_after":
            self._aws.stopping.wait(fault.delay_s)
        raise ConnectionAbortedError(f"the answer of {call.service}:{call.operation} is lost, by a fault rule")

    def before_resource(self, logical_id: str, operation: str) -> None:
        """Does what befalls an operation, such as CreateResource, on a resource of a stack.

        Raises:
            HandlerError: it fails.
        """
        fault = self._first(lambda rule, now_ms: rule.matches_resource(logical_id, operation, now_ms))
        if fault is None:
            return
        self._aws.stopping.wait(fault.delay_s)
        if fault.kind == "error":
            _, code, message = error_text(fault)
            action = f"cloudformation:{operation}"
            raise HandlerError(handler_message(message.format(action=action), handler_code(code)))
        if fault.kind != "slow":  # CloudFormation's own connection breaks; it retries until it gives up
            raise HandlerError(handler_message("Exceeded attempts to wait", "NotStabilized"))

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

    def _first(self, matches: Callable[[FaultRule, int], bool]) -> Fault | None:
        with self._lock:
            now_ms = self._aws.clock.now_ms() if self._rules else 0
            matching = [counted for counted in self._rules if matches(counted.rule, now_ms)]
            striking = [counted.rule.fault for counted in matching if counted.strikes()]
        return striking[0] if striking else None
