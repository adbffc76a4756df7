"""DescribeLogGroups and DescribeLogStreams as CloudWatch answers them, in moto's place.

moto's log groups have no classes and no name patterns. It builds the page tokens of streams as ``group@stream``: if a
stream's name has an ``@``, it ends the listing early, without an error. An export would then never learn the exact
names of the streams that follow.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any, Callable

from gluelocal.cloud.logs.log_store import LogStore
from gluelocal.cloud.logs.pages import page
from gluelocal.cloud.wire.json_service import ApiError, JsonService

LogStoreOf = Callable[[str], LogStore]

_MOST = 50
"""DescribeLogGroups and DescribeLogStreams, `limit`: the default and the most."""


def listings(log_store: LogStoreOf) -> JsonService:
    """The operations as a service; `log_store` gives the log store of a Region.

    moto answers CreateLogGroup but forgets the class, which is kept here.
    """
    return JsonService(
        "logs",
        {
            "DescribeLogGroups": partial(_groups, log_store),
            "DescribeLogStreams": partial(_streams, log_store),
            "CreateLogGroup": partial(_created, log_store),
        },
    )


def _created(log_store: LogStoreOf, region: str, request: dict[str, Any]) -> None:
    store, name = log_store(region), request["logGroupName"]
    if store.created_ms(name) is None:
        store.classes[name] = request.get("logGroupClass", "STANDARD")


def _groups(log_store: LogStoreOf, region: str, request: dict[str, Any]) -> dict[str, Any]:
    if "logGroupNamePrefix" in request and "logGroupNamePattern" in request:
        raise ApiError(
            "InvalidParameterException", "Cannot use both logGroupNamePrefix and logGroupNamePattern parameters."
        )
    store = log_store(region)
    chosen, token = page(
        list(_group_names(store, request)), lambda name: name, request.get("nextToken"), request.get("limit", _MOST)
    )
    return {"logGroups": [store.describe_group(name) for name in chosen], **({"nextToken": token} if token else {})}


def _group_names(store: LogStore, request: dict[str, Any]) -> Iterator[str]:
    prefix = request.get("logGroupNamePrefix", "")
    pattern = request.get("logGroupNamePattern", "").lower()  # DescribeLogGroups: a substring, in any case
    wanted_class = request.get("logGroupClass")
    identifiers = {str(each).rpartition(":log-group:")[2] for each in request.get("logGroupIdentifiers", [])}
    for name in store.group_names():
        named = name.startswith(prefix) and pattern in name.lower() and (not identifiers or name in identifiers)
        if named and wanted_class in {None, store.log_class(name)}:
            yield name


def _streams(log_store: LogStoreOf, region: str, request: dict[str, Any]) -> dict[str, Any]:
    """The streams of a group. Its name is `logGroupName`, or `logGroupIdentifier`, which is a name or an ARN."""
    store, identifier = log_store(region), request.get("logGroupName") or request.get("logGroupIdentifier")
    if not identifier:
        raise ApiError("InvalidParameterException", "Must specify either a logGroupName or a logGroupIdentifier.")
    group = str(identifier).rpartition(":log-group:")[2]
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
        request.get("limit", _MOST),
        descending=request.get("descending", False),
    )
    return {"logStreams": chosen, **({"nextToken": token} if token else {})}
