"""Finds items that crash their task, by bisecting the batch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Callable, TypeVar

from loglake.errors import ServiceError, ThrottledError, TransientError

Item = TypeVar("Item")
Result = TypeVar("Result")


def bisect(
    check: Callable[[Sequence[Item]], list[Result]],
    items: Sequence[Item],
    alone: Callable[[Item, TransientError], Result],
    in_time: Callable[[], bool],
) -> list[Result]:
    """Checks items together; if that crashes, checks each half, down to single items that crash.

    Args:
        check: checks some of them, and gives a result for each.
        items: what is checked.
        alone: makes the result for an item that crashed its check alone, from the error.
        in_time: whether there is time for another check; asked before each but the first.

    Returns:
        A result for each item, as far as there was time.

    Raises:
        ThrottledError, ServiceError: a store's fault, which is not an item's own.
    """
    if not items:
        return []
    try:
        return check(items)
    except (ThrottledError, ServiceError):
        raise
    except TransientError as error:
        if len(items) == 1:
            return [alone(items[0], error)]
    middle = len(items) // 2
    results: list[Result] = []
    for half in (items[:middle], items[middle:]):
        if in_time():
            results += bisect(check, half, alone, in_time)
    return results
