"""Converts the target of a schedule to an AWS call; pure.

Source: EventBridge Scheduler user guide, "Using universal targets" and "Using templated targets"; API `Target`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from gluelocal.model.model import ScheduledCall

_UNIVERSAL = re.compile(r"arn:[\w-]+:scheduler:::aws-sdk:(\w+):(\w+)")
_QUEUE = re.compile(r"arn:[\w-]+:sqs:[\w-]*:\d*:([\w.-]+)")
_EVENT_BUS = re.compile(r"arn:[\w-]+:events:[\w-]*:\d*:event-bus/([\w./-]+)")


def is_known(call: ScheduledCall) -> bool:
    """Whether the local runtime can call the target."""
    return any(pattern.fullmatch(call.target) for pattern in (_UNIVERSAL, _QUEUE, _EVENT_BUS))


def is_json(call: ScheduledCall) -> bool:
    """Whether the Input must be JSON; for a queue it may be any text."""
    return not _QUEUE.fullmatch(call.target)


def target_call(call: ScheduledCall, text: str, url_of: Callable[[str], str]) -> tuple[str, str, Mapping[str, Any]]:
    """The service, the operation and the parameters of a schedule's call, with an Input.

    Args:
        call: the schedule.
        text: the Input.
        url_of: the URL of a queue, by its name.

    Raises:
        ValueError: the Input is not JSON, or the target is unknown.
    """
    universal, queue, bus = (pattern.fullmatch(call.target) for pattern in (_UNIVERSAL, _QUEUE, _EVENT_BUS))
    if universal:
        return universal[1], universal[2][0].upper() + universal[2][1:], json.loads(text)
    if queue:
        return "sqs", "SendMessage", {"MessageBody": text, **call.parameters, "QueueUrl": url_of(queue[1])}
    if bus:
        return "events", "PutEvents", {"Entries": [{"EventBusName": bus[1], "Detail": text, **call.parameters}]}
    raise ValueError(f"{call.target} is not a target that is known here")
