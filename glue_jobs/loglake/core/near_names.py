"""What a mistyped name may mean."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def meant(name: str, known: Iterable[str], *, most: int = 3, cutoff: float = 0.6) -> str:
    """A question such as ``did you mean app_shop or app_shops?``; empty if no known name is near.

    Args:
        name: as typed; upper and lower case are the same.
        known: the names that there are.
        most: how many are named, the nearest first.
        cutoff: how near they have to be, as for difflib.
    """
    by_lower = {each.lower(): each for each in known}
    near = [by_lower[each] for each in get_close_matches(name.lower(), by_lower, most, cutoff)]
    return f"did you mean {' or '.join(near)}?" if near else ""
