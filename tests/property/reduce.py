"""Reduces a failing case to a small one that fails in the same way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TypeVar

from property.cases import Batch, Case, Event, File

T = TypeVar("T")
TRIES = 300


def reduced(case: Case, error: Exception, run: Callable[[Case], object]) -> tuple[Case, Exception]:
    """A smaller case that raises the same kind of error with the same first words, and that error.

    Args:
        case: raises `error` when run.
        error: what it raises.
        run: runs a case.
    """
    tries = 0
    while True:
        for smaller in _smaller(case):
            tries += 1
            if tries > TRIES:
                return case, error
            found = _error(smaller, run)
            if found and _kind(found) == _kind(error):
                case, error = smaller, found
                break
        else:
            return case, error


def _error(case: Case, run: Callable[[Case], object]) -> Exception | None:
    try:
        run(case)
    except Exception as error:  # whatever a kernel may raise
        return error
    return None


def _kind(error: Exception) -> tuple[type, str]:
    return type(error), str(error).split(":")[0]


def _smaller(case: Case) -> Iterator[Case]:
    """Cases without some part, the largest parts first."""
    yield from (replace(case, batches=left) for left in _without_one(case.batches) if left)
    for number, batch in enumerate(case.batches):
        for smaller in _smaller_batches(batch):
            yield replace(case, batches=(*case.batches[:number], smaller, *case.batches[number + 1 :]))


def _smaller_batches(batch: Batch) -> Iterator[Batch]:
    for files in _without_one(batch.files):
        if files:
            yield Batch(files, min(batch.sampled, len(files)))
    for number, file in enumerate(batch.files):
        for smaller in _smaller_files(file):
            yield replace(batch, files=(*batch.files[:number], smaller, *batch.files[number + 1 :]))


def _smaller_files(file: File) -> Iterator[File]:
    count = len(file.events)
    halves: list[tuple[Event, ...]] = [file.events[: count // 2], file.events[count // 2 :]] if count > 3 else []
    for events in (*halves, *_without_one(file.events)):
        if events:
            yield replace(file, events=events, ends=True)


def _without_one(items: tuple[T, ...]) -> Iterator[tuple[T, ...]]:
    for number in range(len(items)):
        yield (*items[:number], *items[number + 1 :])
