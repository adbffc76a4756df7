"""Differences of two property values, path by path; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gluelocal.templates.intrinsics import text

_NOTHING: Any = object()


@dataclass(frozen=True)
class Difference:
    """A path at which two values differ.

    Attributes:
        path: such as ``/DefaultArguments/--database``, or ``/Targets/0/Arn``.
        kind: ``Add``, ``Modify`` or ``Remove``, from `before` to `after`.
    """

    path: str
    kind: str
    before: Any = None
    after: Any = None


def differences(before: Any, after: Any, path: str = "") -> Iterator[Difference]:
    """Every path at which two values differ, in order. Numbers and booleans equal their text."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in {**before, **after}:
            yield from _member(before.get(key, _NOTHING), after.get(key, _NOTHING), f"{path}/{key}")
    elif isinstance(before, list) and isinstance(after, list):
        for number in range(max(len(before), len(after))):
            old, new = (each[number] if number < len(each) else _NOTHING for each in (before, after))
            yield from _member(old, new, f"{path}/{number}")
    elif not _same(before, after):
        yield Difference(path, "Modify", before, after)


def _member(before: Any, after: Any, path: str) -> Iterator[Difference]:
    if before is _NOTHING:
        yield Difference(path, "Add", None, after)
    elif after is _NOTHING:
        yield Difference(path, "Remove", before)
    else:
        yield from differences(before, after, path)


def _same(before: Any, after: Any) -> bool:
    containers = (Mapping, list)
    if isinstance(before, containers) or isinstance(after, containers):
        return bool(before == after)
    return before == after or _plain(before) == _plain(after)


def _plain(value: Any) -> str:
    """A scalar as text, so that a template's 30, "30" and 30.0 are equal."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else text(value)
