"""EventBridge's default bus: what happens in the embedded S3 reaches the targets of the matching rules.

moto knows few targets, and can't deliver twice or late. So moto gets one rule, ours, that sends everything to a queue;
the templates' rules are matched here. `s3_events` makes the events of S3.
"""

from __future__ import annotations

import heapq
import json
import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Callable, Protocol

from moto.sqs.models import sqs_backends

from gluelocal.clock import SystemClock
from gluelocal.cloud.events.event_pattern import matches, validate_pattern

_log = logging.getLogger(__name__)

_NAME = "loglake-local-catch-all"
_LOOK_S = 0.02
"""How often the thread looks for events. A call that waits for one would have to end before the thread can."""


class Clients(Protocol):
    """Gives clients of one account and Region."""

    region: str
    account_id: str

    def client(self, service: str) -> Any:
        """A boto3 client."""
        ...


@dataclass(frozen=True)
class BusRule:
    """A rule of the bus.

    Attributes:
        name: its name.
        pattern: its event pattern, valid.
        targets: as in ``AWS::Events::Rule`` (Arn, Id, RoleArn …).
        enabled: a disabled rule delivers nothing.
    """

    name: str
    pattern: dict[str, Any]
    targets: list[dict[str, Any]] = field(default_factory=list)
    enabled: bool = True

    def __post_init__(self) -> None:
        validate_pattern(self.pattern)


Deliver = Callable[[BusRule, dict[str, Any], dict[str, Any]], None]
"""Takes the rule, one of its targets and the event. An exception from it ends the pump."""


class EventBus:
    """Moves events from moto to the targets of matching rules, by hand (`pump_once`) or in a thread (`start`).

    Attributes:
        delays_s: seconds until each delivery of one event to one target. Set it to deliver late, or repeatedly, as
            EventBridge may.
        rules: the rules of the bus. A new value applies to the events that follow.
    """

    def __init__(
        self,
        clients: Clients,
        rules: Sequence[BusRule],
        deliver: Deliver,
        now_ms: Callable[[], int] = SystemClock().now_ms,
    ) -> None:
        """Makes the queue and moto's rule that feeds it.

        Args:
            clients: makes clients of the account.
            rules: the rules of the bus.
            deliver: called for each delivery.
            now_ms: the clock for late deliveries.
        """
        self.delays_s: Callable[[], list[float]] = lambda: [0.0]
        self._now_ms = now_ms
        self._held: list[tuple[float, int, Callable[[], None]]] = []  # a heap: due, number, delivery
        self._number = 0
        self._account_id = clients.account_id
        self._region = clients.region
        self.rules = tuple(rules)
        self._deliver = deliver
        self._sqs = clients.client("sqs")
        self._queue = self._sqs.create_queue(QueueName=_NAME)["QueueUrl"]
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self.failure: BaseException | None = None
        events = clients.client("events")
        events.put_rule(Name=_NAME, EventPattern=json.dumps({"source": [{"prefix": ""}]}))
        arn = f"arn:aws:sqs:{self._region}:{self._account_id}:{_NAME}"
        events.put_targets(Rule=_NAME, Targets=[{"Id": "queue", "Arn": arn}])

    def pump_once(self) -> int:
        """Takes at most ten events from moto, and makes the deliveries that are due by now.

        Returns:
            How many events were taken, matched or not.
        """
        self._deliver_due()
        answer = self._sqs.receive_message(QueueUrl=self._queue, MaxNumberOfMessages=10, VisibilityTimeout=3600)
        messages = answer.get("Messages", [])
        for message in messages:
            self._take(json.loads(message["Body"]))
            self._deliver_due()
            self._sqs.delete_message(QueueUrl=self._queue, ReceiptHandle=message["ReceiptHandle"])
        return len(messages)

    def pending(self) -> int:
        """How many events are not delivered yet, the ones in delivery included."""
        # No call of AWS: it is asked many times a second, while jobs are busy.
        queue = sqs_backends[self._account_id][self._region].get_queue(_NAME)
        waiting = queue.approximate_number_of_messages + queue.approximate_number_of_messages_not_visible
        # An event joins the held ones before it leaves the queue.
        return int(waiting) + len(self._held)

    def start(self) -> None:
        """Pumps in a thread until `stop`."""
        self._thread = threading.Thread(target=self._pump, name="event-bus", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ends the thread. Raises the exception of a delivery if there was one (`failure`)."""
        self._stopping.set()
        if self._thread:
            self._thread.join()
            self._thread = None
        if self.failure:
            raise self.failure

    def _pump(self) -> None:
        try:
            while not self._stopping.wait(_LOOK_S):
                while self.pending() > len(self._held) and not self._stopping.is_set():
                    self.pump_once()
                self._deliver_due()
        except Exception as error:  # reported by `stop` and `failure`, in the thread that owns the run
            _log.debug("the event bus stopped", exc_info=True)
            self.failure = error

    def _take(self, raw: dict[str, Any]) -> None:
        event = self._envelope(raw)
        for rule in self.rules:
            if rule.enabled and matches(rule.pattern, event):
                for target in rule.targets:
                    self._hold(partial(self._deliver, rule, target, event))

    def _hold(self, delivery: Callable[[], None]) -> None:
        """Keeps a delivery until it is due, once for each delay."""
        for delay_s in self.delays_s():
            self._number += 1
            due_ms = self._now_ms() + delay_s * 1000 if delay_s else 0.0
            heapq.heappush(self._held, (due_ms, self._number, delivery))

    def _deliver_due(self) -> None:
        while self._held and self._held[0][0] <= self._now_ms():
            self._held[0][2]()
            heapq.heappop(self._held)  # only now: until it is delivered it is pending

    def _envelope(self, raw: dict[str, Any]) -> dict[str, Any]:
        """The event as AWS would send it, members in AWS's order.

        moto drops account, Region and resources of an event that a program puts (PutEvents).
        """
        return {
            "version": "0",
            "id": raw["id"],
            "detail-type": raw["detail-type"],
            "source": raw["source"],
            "account": self._account_id,
            "time": raw["time"],
            "region": self._region,
            "resources": raw.get("resources", []),
            "detail": raw["detail"],
        }
