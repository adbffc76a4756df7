"""DescribeLogStreams as CloudWatch answers it, in moto's place.

moto builds its page tokens as ``group@stream``. If a stream's name has an ``@``, it ends the listing early, without an
error. An export would then never learn the exact names of the streams that follow.
"""

from __future__ import annotations

from typing import Any, Callable

from gluelocal.cloud.logs.log_store import LogStore
from gluelocal.cloud.logs.pages import page
from gluelocal.cloud.wire.json_service import ApiError, JsonService

_MAX_STREAMS = 50
"""DescribeLogStreams, `limit`: the default and the most."""


def stream_listing(log_store: Callable[[str], LogStore]) -> JsonService:
    """The operation as a service; `log_store` gives the log store of a Region."""
    return JsonService("logs", {"DescribeLogStreams": lambda region, request: _described(log_store(region), request)})


def _described(store: LogStore, request: dict[str, Any]) -> dict[str, Any]:
    """The response to a request.

    Raises:
        ApiError: the group doesn't exist, the token is invalid, or the order can't be combined with a prefix.
    """
    group = _group(request)
    prefix = request.get("logStreamNamePrefix", "")
    by_time = request.get("orderBy", "LogStreamName") == "LastEventTime"
    if by_time and prefix:
        raise ApiError("InvalidParameterException", "Cannot order by LastEventTime with a logStreamNamePrefix.")
    if store.created_ms(group) is None:
        raise ApiError("ResourceNotFoundException", "The specified log group does not exist.")
    streams = [store.describe_stream(group, name) for name in store.stream_names(group) if name.startswith(prefix)]
    chosen, token = page(
        streams,
        lambda stream: [stream.get("lastEventTimestamp", 0) if by_time else 0, stream["logStreamName"]],
        request.get("nextToken"),
        request.get("limit", _MAX_STREAMS),
        descending=request.get("descending", False),
    )
    return {"logStreams": chosen, **({"nextToken": token} if token else {})}


def _group(request: dict[str, Any]) -> str:
    """The group's name: `logGroupName`, or `logGroupIdentifier`, which is a name or an ARN."""
    identifier = request.get("logGroupName") or request.get("logGroupIdentifier")
    if not identifier:
        raise ApiError("InvalidParameterException", "Must specify either a logGroupName or a logGroupIdentifier.")
    return str(identifier).rpartition(":log-group:")[2]
