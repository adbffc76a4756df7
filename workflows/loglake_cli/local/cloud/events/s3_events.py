"""What S3 tells EventBridge, in moto's place.

moto tells of a multipart upload twice and of tags with every put, says of no object which call made it, gives all
events one id, tells rules that are disabled, and none after one with a target that it does not know, such as a workflow
of Glue.
"""

from __future__ import annotations

import itertools
import logging
import secrets
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Callable

from moto.core.utils import unix_time
from moto.events.models import events_backends
from moto.s3 import notifications

if TYPE_CHECKING:
    from loglake_cli.local.cloud.wire.calls import Call

_log = logging.getLogger(__name__)

_CALL: ContextVar[Call | None] = ContextVar("call", default=None)

_REASONS = {
    "CopyObject": "CopyObject",
    "CompleteMultipartUpload": "CompleteMultipartUpload",
    "PostObject": "POST Object",
}
"""Of "Object Created", by what made it (S3 user guide, "EventBridge event message structure"); else PutObject."""
_PUT = frozenset({"s3:ObjectCreated:Put", "s3:ObjectCreated:Post"})
_TAGGED = "s3:ObjectTagging:Put"
_SEQUENCE = itertools.count(1)


@contextmanager
def during(call: Call) -> Iterator[None]:
    """Events of this thread come from a call until the end of the block."""
    token = _CALL.set(call)
    try:
        yield
    finally:
        _CALL.reset(token)


def notify_as_s3() -> Callable[[], None]:
    """Has moto tell EventBridge what S3 would tell; returns the undoing."""
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
        for rule in bus.rules.values():
            if rule.state == "DISABLED":
                continue
            try:
                rule.send_to_targets(event, transform_input=False)
            except Exception as error:  # a target that moto does not know; for S3 and the other rules it is nothing
                _log.debug("moto could not tell the targets of %s: %s", rule.name, error)


def _event(account_id: str, bucket: Any, name: str, key: Any, operation: str) -> Any:
    """The event (S3 user guide, "EventBridge event message structure"); its time is as moto has times."""
    detail = {
        "key": key.name,
        "size": key.size,
        "etag": key.etag.replace('"', ""),
        "sequencer": f"{next(_SEQUENCE):018X}",
    }
    version = {"version-id": key.version_id} if bucket.is_versioned else {}
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
            "object": {**detail, **version},
            "request-id": secrets.token_hex(8).upper(),
            "requester": account_id,
            "source-ip-address": "127.0.0.1",
            "reason": _REASONS.get(operation, "PutObject") if name.startswith("s3:ObjectCreated:") else operation,
        },
    }
