"""EventBridge Scheduler: calls AWS APIs at set times, by the runtime's clock.

A failed call is retried as its retry policy says, after growing pauses. If the last attempt fails too, the call goes to
the schedule's dead-letter queue. If there is no such queue, it is logged.
"""

from __future__ import annotations

import hashlib
import heapq
import logging
import re
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timezone

from botocore.exceptions import BotoCoreError, ClientError

from gluelocal.model.model import ScheduledCall
from gluelocal.model.schedule_targets import target_call
from gluelocal.model.schedules import Schedule, read_schedule
from gluelocal.templates.resource_types.base import Clients
from gluelocal.units import format_instant, to_ms

_log = logging.getLogger(__name__)


_LONGEST_PAUSE_S = 600
"""The pauses between attempts. AWS says that they grow exponentially (RetryPolicy), but not up to which limit."""


@dataclass(frozen=True, order=True)
class _Attempt:
    """A pending call. The earliest comes first.

    Attributes:
        name: the schedule's name.
        number: the attempt's number, from 1.
        scheduled_ms: the schedule's time for this call.
    """

    at_ms: int
    name: str
    number: int
    scheduled_ms: int


class Scheduler:
    """Fires schedules when they are due, in order: once for each time, and again if the call fails."""

    def __init__(
        self,
        calls: Iterable[ScheduledCall],
        clients: Clients,
        now_ms: Callable[[], int],
        clients_of: Callable[[ScheduledCall], Clients] | None = None,
        seed: int = 0,
    ) -> None:
        """Takes the enabled schedules.

        Args:
            calls: the schedules.
            clients: makes boto3 clients.
            now_ms: the clock.
            clients_of: makes the clients for a schedule's call; None means `clients`.
            seed: another seed gives other times in flexible time windows.

        Raises:
            ConfigError: an expression can't be read.
        """
        self._clients = clients
        self._clients_of = clients_of or (lambda _call: clients)
        self._now_ms = now_ms
        self._seed = seed
        self._attempts: list[_Attempt] = []  # a heap
        self._calls: dict[str, ScheduledCall] = {}
        self._schedules: dict[str, Schedule] = {}
        self._due_ms: dict[str, int | None] = {}
        self._changed: Mapping[str, ScheduledCall] | None = {call.name: call for call in calls}
        self._take_on()

    def change(self, calls: Iterable[ScheduledCall]) -> None:
        """Sets the schedules for the next `fire_due`; from any thread.

        An unchanged schedule keeps its times; a changed one counts from then on.
        """
        self._changed = {call.name: call for call in calls}

    def _take_on(self) -> None:
        if self._changed is None:
            return
        changed, self._changed, now = self._changed, None, self._now_ms()
        before, self._calls = self._calls, {name: call for name, call in changed.items() if call.state == "ENABLED"}
        self._attempts = [attempt for attempt in self._attempts if attempt.name in self._calls]
        heapq.heapify(self._attempts)
        self._due_ms = {name: due_ms for name, due_ms in self._due_ms.items() if name in self._calls}
        for name, call in self._calls.items():
            if before.get(name) != call:
                self._schedules[name] = read_schedule(call.expression, call.zone, max(now, _instant(call.begins, now)))
                self._due_ms[name] = self._next(name, max(now, _instant(call.begins, 0) - 1))

    def next_due_ms(self) -> int | None:
        """When the next schedule or attempt is due; None if none is."""
        attempts = (attempt.at_ms for attempt in self._attempts[:1])
        return min([*attempts, *(at_ms for at_ms in self._due_ms.values() if at_ms is not None)], default=None)

    def fire_due(self) -> None:
        """Makes the calls that are due by now, retries included."""
        self._take_on()
        while (due_ms := self.next_due_ms()) is not None and due_ms <= self._now_ms():
            if self._attempts and self._attempts[0].at_ms == due_ms:
                self._fire(heapq.heappop(self._attempts))
                continue
            name = next(name for name, at_ms in self._due_ms.items() if at_ms == due_ms)
            self._due_ms[name] = self._next(name, due_ms)
            at_ms = due_ms + self._within_window_ms(self._calls[name], due_ms)
            heapq.heappush(self._attempts, _Attempt(at_ms, name, 1, due_ms))

    def _within_window_ms(self, call: ScheduledCall, due_ms: int) -> int:
        """The delay of a call in its flexible window; the same for the same seed."""
        if not call.window_minutes:
            return 0
        drawn = hashlib.sha256(f"{self._seed}:{call.name}:{due_ms}".encode()).digest()
        return int.from_bytes(drawn[:8], "big") % (call.window_minutes * 60_000)

    def _next(self, name: str, after_ms: int) -> int | None:
        due_ms = self._schedules[name].next_after(after_ms)
        ends = self._calls[name].ends
        return None if due_ms is None or (ends and due_ms > _instant(ends, 0)) else due_ms

    def _fire(self, attempt: _Attempt) -> None:
        call = self._calls[attempt.name]
        text = _filled(call, attempt)
        try:
            service, operation, parameters = target_call(call, text, self._queue_url)
            self._clients_of(call)(service)._make_api_call(operation, parameters)
        except (ClientError, BotoCoreError) as error:
            self._again(call, attempt, text, error)
        except ValueError as error:  # a retry would fail too
            self._failed(call, text, error)

    def _again(self, call: ScheduledCall, attempt: _Attempt, text: str, error: Exception) -> None:
        """Retries a call later, unless its retry policy is exhausted (API RetryPolicy)."""
        pause_s = min(2 ** (attempt.number - 1), _LONGEST_PAUSE_S)
        later = replace(attempt, at_ms=attempt.at_ms + pause_s * 1000, number=attempt.number + 1)
        too_old = later.at_ms - attempt.scheduled_ms > call.max_event_age_s * 1000
        if attempt.number > call.max_retries or too_old:
            self._failed(call, text, error)
        else:
            _log.info("the schedule %s could not call %s, and tries again: %s", call.name, call.target, error)
            heapq.heappush(self._attempts, later)

    def _failed(self, call: ScheduledCall, text: str, error: Exception) -> None:
        _log.warning("the schedule %s could not call %s: %s", call.name, call.target, error)
        if call.dead_letter_queue:
            queue = self._queue_url(call.dead_letter_queue.rpartition(":")[2])
            self._clients_of(call)("sqs").send_message(QueueUrl=queue, MessageBody=text)

    def _queue_url(self, name: str) -> str:
        return str(self._clients("sqs").get_queue_url(QueueName=name)["QueueUrl"])


def _filled(call: ScheduledCall, attempt: _Attempt) -> str:
    """The Input with context attributes (user guide, "Adding context attributes"). Each attempt has its own id."""
    values = {
        "execution-id": str(uuid.uuid4()),
        "scheduled-time": format_instant(attempt.scheduled_ms)[:-5] + "Z",
        "attempt-number": str(attempt.number),
    }
    return re.sub(r"<aws\.scheduler\.([\w-]+)>", lambda found: values.get(found[1], found[0]), call.input)


def _instant(text: str, default: int) -> int:
    if not text:
        return default
    instant = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return to_ms(instant if instant.tzinfo else instant.replace(tzinfo=timezone.utc))
