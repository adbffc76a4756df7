"""EventBridge Scheduler: calls of AWS APIs at times that the runtime's clock says.

A call is tried once: AWS tries again, as the retry policy says. What failed goes to the schedule's dead-letter queue,
or is logged where it has none.
"""

from __future__ import annotations

import json
import logging
import uuid
from collections.abc import Callable, Iterable
from datetime import datetime, timezone

from botocore.exceptions import BotoCoreError, ClientError

from glue_jobs.core.units import format_instant, to_ms
from workflows.local.engine.model import ScheduledCall
from workflows.local.engine.model_rules import UNIVERSAL_TARGET
from workflows.local.engine.schedules import read_schedule
from workflows.local.templates.resource_types.base import Clients

_log = logging.getLogger(__name__)


class Scheduler:
    """Fires schedules when they are due; each of its times once, in order."""

    def __init__(
        self,
        calls: Iterable[ScheduledCall],
        clients: Clients,
        now_ms: Callable[[], int],
        clients_of: Callable[[ScheduledCall], Clients] | None = None,
    ) -> None:
        """Takes the schedules that are enabled, and the clients that they call with; None is `clients`.

        Raises:
            ConfigError: an expression can't be read.
        """
        self._clients = clients
        self._clients_of = clients_of or (lambda _call: clients)
        self._now_ms = now_ms
        now = now_ms()
        self._calls = {call.name: call for call in calls if call.state == "ENABLED"}
        self._schedules = {
            name: read_schedule(call.expression, call.zone, max(now, _instant(call.begins, now)))
            for name, call in self._calls.items()
        }
        self._due_ms = {
            name: self._next(name, max(now, _instant(call.begins, 0) - 1)) for name, call in self._calls.items()
        }

    def next_due_ms(self) -> int | None:
        """When the next schedule is due, None where none is."""
        return min((due_ms for due_ms in self._due_ms.values() if due_ms is not None), default=None)

    def fire_due(self) -> None:
        """Makes the calls that are due by now."""
        while (due_ms := self.next_due_ms()) is not None and due_ms <= self._now_ms():
            name = next(name for name, at_ms in self._due_ms.items() if at_ms == due_ms)
            self._due_ms[name] = self._next(name, due_ms)
            self._fire(self._calls[name], due_ms)

    def _next(self, name: str, after_ms: int) -> int | None:
        due_ms = self._schedules[name].next_after(after_ms)
        ends = self._calls[name].ends
        return None if due_ms is None or (ends and due_ms > _instant(ends, 0)) else due_ms

    def _fire(self, call: ScheduledCall, due_ms: int) -> None:
        text = _filled(call, due_ms)
        found = UNIVERSAL_TARGET.fullmatch(call.target)
        try:
            if not found:
                raise ValueError(f"{call.target} is no universal target")
            operation = found[2][0].upper() + found[2][1:]
            self._clients_of(call)(found[1])._make_api_call(operation, json.loads(text))
        except (ClientError, BotoCoreError, ValueError) as error:
            self._failed(call, text, error)

    def _failed(self, call: ScheduledCall, text: str, error: Exception) -> None:
        _log.warning("the schedule %s could not call %s: %s", call.name, call.target, error)
        if call.dead_letter_queue:
            queue = self._clients("sqs").get_queue_url(QueueName=call.dead_letter_queue.rpartition(":")[2])["QueueUrl"]
            self._clients_of(call)("sqs").send_message(QueueUrl=queue, MessageBody=text)


def _filled(call: ScheduledCall, due_ms: int) -> str:
    """The Input with context attributes (user guide, "Adding context attributes")."""
    values = {
        "execution-id": str(uuid.uuid4()),
        "scheduled-time": format_instant(due_ms)[:-5] + "Z",
        "attempt-number": "1",
    }
    text = call.input
    for name, value in values.items():
        text = text.replace(f"<aws.scheduler.{name}>", value)
    return text


def _instant(text: str, default: int) -> int:
    if not text:
        return default
    instant = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return to_ms(instant if instant.tzinfo else instant.replace(tzinfo=timezone.utc))
