"""The events that S3 sends to EventBridge, in moto's place.

moto's own events are wrong. It sends two for a multipart upload, and sends tag events with every put. Its events lack
the call that made the object, and all have one id. It sends events to disabled rules. After a rule with an unknown
target, such as a Glue workflow, it serves no other rule.
"""

from __future__ import annotations

import itertools
import logging
import secrets
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Callable

from moto.core.utils import unix_time
from moto.events.models import events_backends
from moto.s3 import notifications

from gluelocal.cloud.wire.calls import Call

_log = logging.getLogger(__name__)

_CALL: ContextVar[Call | None] = ContextVar("call", default=None)

_REASONS = {
    "CopyObject": "CopyObject",
    "CompleteMultipartUpload": "CompleteMultipartUpload",
    "PostObject": "POST Object",
}
"""The reason of "Object Created", by operation (S3 user guide, "EventBridge event message structure")."""
_PUT = frozenset({"s3:ObjectCreated:Put", "s3:ObjectCreated:Post"})
_TAGGED = "s3:ObjectTagging:Put"
_SEQUENCE = itertools.count(1)


@contextmanager
def during(call: Call) -> Iterator[None]:
    """Until the end of the block, events of this thread come from this call."""
    token = _CALL.set(call)
    try:
        yield
    finally:
        _CALL.reset(token)


def notify_as_s3() -> Callable[[], None]:
    """Makes moto send to EventBridge the events that S3 would send; returns a function that undoes this."""
    before = notifications._send_event_bridge_message

    def undo() -> None:
        notifications._send_event_bridge_message = before

    notifications._send_event_bridge_message = _notify
    return undo


def _notify(account_id: str, bucket: Any, event_name: str, key: Any) -> None:
    call = _CALL.get()
    operation = call.operation if call else ""
    name = str(getattr(event_name, "value", event_name))
    if (name in _PUT and operation == "CompleteMultipartUpload") or (
        name == _TAGGED and operation != "PutObjectTagging"
    ):
        return
    event = _event(account_id, bucket, name, key, operation)
    for bus in events_backends[account_id][bucket.region_name].event_buses.values():
        for rule in [each for each in bus.rules.values() if each.state != "DISABLED"]:
            try:
                rule.send_to_targets(event, transform_input=False)
            except Exception as error:  # a target that moto does not know; S3 and the other rules ignore it
                _log.debug("moto could not tell the targets of %s: %s", rule.name, error)


def _event(account_id: str, bucket: Any, name: str, key: Any, operation: str) -> Any:
    """The event (S3 user guide, "EventBridge event message structure"); its time is a number, as in moto."""
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": notifications._detail_type(name),
        "source": "aws.s3",
        "account": account_id,
        "time": unix_time(),
        "region": bucket.region_name,
        "resources": [bucket.arn],
        "detail": {
            "version": "0",
            "bucket": {"name": bucket.name},
            "object": {
                "key": key.name,
                "size": key.size,
                "etag": key.etag.replace('"', ""),
                "sequencer": f"{next(_SEQUENCE):018X}",
                **({"version-id": key.version_id} if bucket.is_versioned else {}),
            },
            "request-id": secrets.token_hex(8).upper(),
            "requester": account_id,
            "source-ip-address": "127.0.0.1",
            "reason": _REASONS.get(operation, "PutObject") if name.startswith("s3:ObjectCreated:") else operation,
        },
    }
