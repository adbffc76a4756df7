"""Shared by the Glue API's answers: pages, and moto's stored values as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from gluelocal.cloud.wire.json_service import ApiError

_T = TypeVar("_T")

_PAGE = 1000
"""GetWorkflowRuns, GetJobRuns and GetJobs, `MaxResults`: the maximum."""


def page(items: Sequence[_T], request: Mapping[str, Any]) -> tuple[list[_T], dict[str, Any]]:
    """One page, and the token of the next page as a member of the answer.

    Raises:
        ApiError: the token is invalid.
    """
    token = request.get("NextToken", "0")
    if not token.isdecimal():
        raise ApiError("InvalidInputException", "The specified NextToken is invalid.")
    start, end = int(token), int(token) + min(request.get("MaxResults", _PAGE), _PAGE)
    return list(items[start:end]), {"NextToken": str(end)} if end < len(items) else {}


def plain(value: Any) -> Any:
    """A moto answer as JSON: times are numbers, null members are left out."""
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items() if item is not None}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value.timestamp() if isinstance(value, datetime) else value
