"""Worlds that are built once and copied for each case."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from functools import cache, wraps
from typing import TypeVar

T = TypeVar("T")


def made_once(make: Callable[[], T]) -> Callable[[], T]:
    """Runs a function without arguments once, and gives each caller a copy of the result."""
    made = cache(make)

    @wraps(make)
    def copied() -> T:
        return deepcopy(made())

    return copied
