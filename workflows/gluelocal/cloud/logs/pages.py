"""Page tokens for our own services: opaque to the caller, and stable while items come and go."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from typing import Any, Callable, TypeVar

from gluelocal.cloud.wire.json_service import ApiError

_T = TypeVar("_T")


def page(
    items: Sequence[_T], position: Callable[[_T], Any], token: str | None, limit: int, descending: bool = False
) -> tuple[list[_T], str | None]:
    """One page of items, ordered by position, and the token of the next page (None: this is the last).

    A token holds the position of the last returned item, so a later item doesn't shift the pages.

    Args:
        items: all of them, in any order.
        position: unique per item, orderable and JSON-ready (a list, not a tuple).
        token: the token from the page before.
        limit: items per page.
        descending: largest position first.

    Raises:
        ApiError: InvalidParameterException, the token is invalid.
    """
    ordered = sorted(items, key=position, reverse=descending)
    if token is not None:
        last = _position_in(token)
        ordered = [item for item in ordered if (position(item) < last if descending else position(item) > last)]
    chosen = ordered[:limit]
    return chosen, _token(position(chosen[-1])) if len(ordered) > limit else None


def _token(position: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(position).encode()).decode()


def _position_in(token: str) -> Any:
    try:
        return json.loads(base64.urlsafe_b64decode(token.encode()))
    except ValueError as error:
        raise ApiError("InvalidParameterException", "The specified nextToken is invalid.") from error
