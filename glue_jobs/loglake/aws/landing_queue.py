"""The queue of the S3 events below ``landing/``, in SQS: EventBridge sends each event as a message."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from loglake.aws.faults import translated
from loglake.core.cloud_types import ObjectInfo
from loglake.core.ports.landing_queue import Arrival
from loglake.core.units import format_instant, parse_instant
from loglake.errors import ConfigError, ServiceError

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

_BATCH = 10
"""Messages of one call, the most that SQS takes or gives."""


class SqsLandingQueue:
    """Implements `core.ports.LandingQueue`.

    Args:
        client: for SQS.
        url: of the queue.
    """

    def __init__(self, client: SQSClient, url: str) -> None:
        self._sqs = client
        self._url = url

    def receive(self, most: int, size_bytes: int) -> list[Arrival]:
        """Some messages; none if the queue is empty. That only a call that waits can say: the queue has a wait time."""
        found: list[Arrival] = []
        while len(found) < most and sum(each.size_bytes for each in found) < size_bytes:
            with translated("sqs:ReceiveMessage", self._url):
                answer = self._sqs.receive_message(
                    QueueUrl=self._url, MaxNumberOfMessages=min(_BATCH, most - len(found))
                )
            if not answer.get("Messages"):
                break
            found += [arrival for message in answer["Messages"] if (arrival := _arrival(message))]
        return found

    def delete(self, arrivals: Iterable[Arrival]) -> None:
        """Deletes messages. One that is left comes again, which does no harm."""
        for entries in _entries(arrivals):
            with translated("sqs:DeleteMessage", self._url):
                self._sqs.delete_message_batch(QueueUrl=self._url, Entries=entries)

    def give_back(self, arrivals: Iterable[Arrival]) -> None:
        """Lets the next run receive messages at once; one that is left comes later."""
        for entries in _entries(arrivals):
            at_once: Any = [{**entry, "VisibilityTimeout": 0} for entry in entries]
            with translated("sqs:ChangeMessageVisibility", self._url):
                self._sqs.change_message_visibility_batch(QueueUrl=self._url, Entries=at_once)

    def send(self, objects: Sequence[ObjectInfo]) -> None:
        """Adds messages about objects, with what is read of an event of S3.

        Raises:
            ServiceError: SQS did not take one.
        """
        for start in range(0, len(objects), _BATCH):
            entries: Any = [
                {"Id": str(number), "MessageBody": _body(info)}
                for number, info in enumerate(objects[start : start + _BATCH])
            ]
            with translated("sqs:SendMessage", self._url):
                failed = self._sqs.send_message_batch(QueueUrl=self._url, Entries=entries).get("Failed")
            if failed:
                raise ServiceError(f"sqs:SendMessage on {self._url}: {failed[0].get('Message')}")

    def waiting(self) -> int:
        """About how many messages can be received."""
        with translated("sqs:GetQueueAttributes", self._url):
            found = self._sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=["ApproximateNumberOfMessages"])
        return int(found["Attributes"]["ApproximateNumberOfMessages"])


def _arrival(message: Mapping[str, Any]) -> Arrival | None:
    """The object of an event; None if it is none, and then it ends in the dead-letter queue.

    EventBridge does not URL-encode keys, as S3's own notifications do.
    """
    try:
        event = json.loads(message["Body"])
        found = event["detail"]["object"]
        return Arrival(str(found["key"]), int(found["size"]), parse_instant(event["time"]), message["ReceiptHandle"])
    except (ValueError, KeyError, TypeError, ConfigError):
        return None


def _body(info: ObjectInfo) -> str:
    event = {"time": format_instant(info.changed_ms), "detail": {"object": {"key": info.key, "size": info.size_bytes}}}
    return json.dumps(event)


def _entries(arrivals: Iterable[Arrival]) -> list[list[Any]]:
    entries = [{"Id": str(number), "ReceiptHandle": each.receipt} for number, each in enumerate(arrivals)]
    return [entries[start : start + _BATCH] for start in range(0, len(entries), _BATCH)]
