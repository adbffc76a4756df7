"""Converts the target of a schedule to an AWS call; pure.

Source: EventBridge Scheduler user guide, "Using universal targets" and "Using templated targets"; API `Target`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gluelocal.model.model import ScheduledCall

_UNIVERSAL = re.compile(r"arn:[\w-]+:scheduler:::aws-sdk:(\w+):(\w+)")
_QUEUE = re.compile(r"arn:[\w-]+:sqs:[\w-]*:\d*:([\w.-]+)")
_EVENT_BUS = re.compile(r"arn:[\w-]+:events:[\w-]*:\d*:event-bus/([\w./-]+)")


@dataclass(frozen=True)
class TargetCall:
    """A call of an AWS API.

    Attributes:
        service: its name in botocore.
        queue: the queue's name, for the parameter QueueUrl; empty for none.
    """

    service: str
    operation: str
    parameters: Mapping[str, Any]
    queue: str = ""


def is_known(call: ScheduledCall) -> bool:
    """Whether the local runtime can call the target."""
    return any(pattern.fullmatch(call.target) for pattern in (_UNIVERSAL, _QUEUE, _EVENT_BUS))


def is_json(call: ScheduledCall) -> bool:
    """Whether the Input must be JSON; for a queue it may be any text."""
    return not _QUEUE.fullmatch(call.target)


def target_call(call: ScheduledCall, text: str) -> TargetCall:
    """The call of a schedule, with an Input.

    Raises:
        ValueError: the Input is not JSON, or the target is unknown.
    """
    universal, queue, bus = (pattern.fullmatch(call.target) for pattern in (_UNIVERSAL, _QUEUE, _EVENT_BUS))
    if universal:
        return TargetCall(universal[1], universal[2][0].upper() + universal[2][1:], json.loads(text))
    if queue:
        return TargetCall("sqs", "SendMessage", {"MessageBody": text, **call.parameters}, queue[1])
    if bus:
        return TargetCall(
            "events", "PutEvents", {"Entries": [{"EventBusName": bus[1], "Detail": text, **call.parameters}]}
        )
    raise ValueError(f"{call.target} is not a target that is known here")
