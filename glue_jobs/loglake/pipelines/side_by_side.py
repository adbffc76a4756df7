"""Steps for many windows at the same time: each waits for round trips, and there may be thousands of windows.

Only steps of different windows run at the same time. Those of one window stay in their order.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from typing import Callable, TypeVar

from loglake.errors import LoglakeError

CALLS = 32
"""At the same time: as many as a client of AWS has connections (`aws.session`)."""

FEW = 8
"""So many windows are worked on one after the other."""

T = TypeVar("T")
R = TypeVar("R")


Begin = Callable[[Callable[[], object]], object]
"""Begins a step, or does it at once. Raises what an earlier step has raised."""


def for_each(step: Callable[[T], R], items: Iterable[T]) -> list[R]:
    """The results of a step for each item, in their order. Raises what a step raises; then some were not begun."""
    items = list(items)
    if len(items) <= FEW:
        return list(map(step, items))
    with ThreadPoolExecutor(CALLS, "windows") as pool:
        try:
            futures = [pool.submit(step, item) for item in items]
            return [future.result() for future in futures]
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


@contextmanager
def beginner(windows: int) -> Iterator[Begin]:
    """What begins steps for so many windows. All steps have ended after the block, also if it raised a LoglakeError.

    Raises:
        Exception: what the first step raised that failed; steps that had not begun are left out.
    """
    if windows <= FEW:
        yield lambda step: step()
        return
    begun: list[Future[object]] = []

    def begin(step: Callable[[], object]) -> None:
        _check(begun)
        begun.append(pool.submit(step))

    with ThreadPoolExecutor(CALLS, "windows") as pool:
        try:
            try:
                yield begin
            except LoglakeError:  # what has a result is worth its end
                _end(begun)
                raise
            _end(begun)
        except LoglakeError:
            raise
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _check(begun: list[Future[object]]) -> None:
    """Raises what a step has raised by now, and forgets those that have ended well."""
    for future in [each for each in begun if each.done()]:
        begun.remove(future)
        future.result()


def _end(begun: list[Future[object]]) -> None:
    """Waits for all steps. Raises what the first one raises that fails."""
    for future in as_completed(begun):
        future.result()
