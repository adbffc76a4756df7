"""Parts of answers that services share: pages, and members that have a value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from gluelocal.cloud.wire.json_service import ApiError

_T = TypeVar("_T")


def page(items: Sequence[_T], request: Mapping[str, Any], most: int, invalid: str) -> tuple[list[_T], dict[str, Any]]:
    """One page, and the token of the next page as a member of the answer. The token says where the next page begins.

    Args:
        items: all of them.
        request: may have NextToken and MaxResults.
        most: items per page at most, and if the request doesn't say.
        invalid: the error code for an invalid token.

    Raises:
        ApiError: the token is invalid.
    """
    token = request.get("NextToken", "0")
    if not token.isdecimal():
        raise ApiError(invalid, "The specified NextToken is invalid.")
    start, end = int(token), int(token) + min(request.get("MaxResults", most), most)
    return list(items[start:end]), {"NextToken": str(end)} if end < len(items) else {}


def given(**members: Any) -> dict[str, Any]:
    """The members that have a value."""
    return {name: value for name, value in members.items() if value is not None}
