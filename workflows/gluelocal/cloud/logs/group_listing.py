"""DescribeLogGroups as CloudWatch answers it. moto's has no classes and no name patterns."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Callable

from gluelocal.cloud.logs.pages import page
from gluelocal.cloud.wire.json_service import ApiError, JsonService

if TYPE_CHECKING:
    from gluelocal.cloud.logs.log_store import LogStore

_MAX_GROUPS = 50
"""DescribeLogGroups, `limit`: the default and the most."""


class GroupListing:
    """The log groups of every Region.

    Attributes:
        api: DescribeLogGroups, and CreateLogGroup. moto answers the latter but forgets the class, which is kept here.
    """

    def __init__(self, log_store: Callable[[str], LogStore]) -> None:
        """`log_store` gives the log store of a Region."""
        self._log_store = log_store
        self.api = JsonService(
            "logs",
            {
                "DescribeLogGroups": self._describe,
                "CreateLogGroup": self._created,
            },
        )

    def _created(self, region: str, request: dict[str, Any]) -> None:
        store, name = self._log_store(region), request["logGroupName"]
        if store.created_ms(name) is None:
            store.classes[name] = request.get("logGroupClass", "STANDARD")

    def _describe(self, region: str, request: dict[str, Any]) -> dict[str, Any]:
        if "logGroupNamePrefix" in request and "logGroupNamePattern" in request:
            raise ApiError(
                "InvalidParameterException", "Cannot use both logGroupNamePrefix and logGroupNamePattern parameters."
            )
        chosen, token = page(
            list(self._names(region, request)),
            lambda name: name,
            request.get("nextToken"),
            request.get("limit", _MAX_GROUPS),
        )
        store = self._log_store(region)
        return {"logGroups": [store.describe_group(name) for name in chosen], **({"nextToken": token} if token else {})}

    def _names(self, region: str, request: dict[str, Any]) -> Iterator[str]:
        prefix = request.get("logGroupNamePrefix", "")
        pattern = request.get("logGroupNamePattern", "").lower()  # DescribeLogGroups: a substring, in any case
        wanted_class = request.get("logGroupClass")
        identifiers = {str(each).rpartition(":log-group:")[2] for each in request.get("logGroupIdentifiers", [])}
        store = self._log_store(region)
        for name in store.group_names():
            named = name.startswith(prefix) and pattern in name.lower() and (not identifiers or name in identifiers)
            if named and wanted_class in {None, store.log_class(name)}:
                yield name
