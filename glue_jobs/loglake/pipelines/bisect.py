"""Finding those of many items that kill the task which looks at them, where nobody says which they were."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Callable, TypeVar

from loglake.errors import ServiceError, ThrottledError, TransientError

Item = TypeVar("Item")
Answer = TypeVar("Answer")


def look_in_halves(
    look: Callable[[Sequence[Item]], list[Answer]],
    items: Sequence[Item],
    alone: Callable[[Item, TransientError], Answer],
    in_time: Callable[[], bool],
) -> list[Answer]:
    """Looks at items together; where that breaks off, in halves, down to the items of which each look breaks off.

    Args:
        look: looks at some of them, and gives an answer for each.
        items: what is looked at.
        alone: the answer for one of which a look at it alone broke off, and with what.
        in_time: whether there is time for another look; asked before each but the first.

    Returns:
        An answer for each item, as far as there was time.

    Raises:
        ThrottledError, ServiceError: a store's fault, which is no item's own.
    """
    if not items:
        return []
    try:
        return look(items)
    except (ThrottledError, ServiceError):
        raise
    except TransientError as error:
        if len(items) == 1:
            return [alone(items[0], error)]
    middle = len(items) // 2
    answers: list[Answer] = []
    for half in (items[:middle], items[middle:]):
        if in_time():
            answers += look_in_halves(look, half, alone, in_time)
    return answers
