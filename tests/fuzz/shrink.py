"""Makes a failing case smaller: fewer objects, fewer lines, fewer bytes, the same finding."""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Sequence
from dataclasses import replace
from time import perf_counter
from typing import Any, Callable

from fuzz.case import Body, Case
from fuzz.oracle import decompress

Shows = Callable[[Case], bool]
"""Whether a case shows what is looked for."""


def shrink(case: Case, shows: Shows, seconds: float = 60.0) -> Case:
    """The smallest case that greedy steps reach within the time."""
    end = perf_counter() + seconds
    changed = True
    while changed:
        changed = False
        for smaller in _smaller(case):
            if perf_counter() > end:
                return case
            if shows(smaller):
                case, changed = smaller, True
                break
    return case


def _smaller(case: Case) -> Iterator[Case]:
    """Slightly smaller cases, the largest reductions first."""
    for bodies in _without_parts(case.bodies):
        yield replace(case, bodies=tuple(bodies))
    if case.elsewhere:
        yield replace(case, elsewhere=())
    if case.types:
        yield replace(case, types={})
    if case.sampled < 1_000:
        yield replace(case, sampled=1_000)
    if case.partition_by != "day":
        yield replace(case, partition_by="day")
    if len(case.cuts) > 1:
        yield replace(case, cuts=case.cuts[:1])
    for number, body in enumerate(case.bodies):
        for data in _smaller_data(body.data):
            changed = Body("s", data)
            yield replace(case, bodies=(*case.bodies[:number], changed, *case.bodies[number + 1 :]))


def _smaller_data(data: bytes) -> Iterator[bytes]:
    """The same text packed plainly, then less of the text, then less of the object as it is."""
    text, damaged, _ = decompress(data)
    if not damaged and text != data:
        plain = gzip.compress(text, mtime=0)
        if plain != data:
            yield plain
        for lines in _without_parts(text.splitlines(keepends=True)):
            yield gzip.compress(b"".join(lines), mtime=0)
        for part in _without_parts(text):
            yield gzip.compress(bytes(part), mtime=0)
    for part in _without_parts(data):
        yield bytes(part)


def _without_parts(whole: Sequence[Any]) -> Iterator[list[Any]]:
    """A sequence without each half, then without each quarter, and so on down to single items."""
    step = len(whole) // 2
    while step and len(whole) // step <= 512:
        for start in range(0, len(whole), step):
            yield [*whole[:start], *whole[start + step :]]
        step //= 2
