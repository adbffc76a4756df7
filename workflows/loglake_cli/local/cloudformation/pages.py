"""Listings, one page at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from loglake_cli.local.cloud.wire.json_service import ApiError

_LENGTH = 100
"""The page size of events and resources, as CloudFormation has it."""


def page(member: str, items: Sequence[dict[str, Any]], request: Mapping[str, Any]) -> dict[str, Any]:
    """One page of a listing, as an answer. The token says where the next page begins.

    Raises:
        ApiError: the token is invalid.
    """
    token = request.get("NextToken", "0")
    if not token.isdigit():
        raise ApiError("ValidationError", "The NextToken is not one of this listing")
    start = int(token)
    rest = {"NextToken": str(start + _LENGTH)} if len(items) > start + _LENGTH else {}
    return {member: list(items[start : start + _LENGTH]), **rest}
