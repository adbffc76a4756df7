"""A ledger row as JSON, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from enum import Enum
from sys import intern
from typing import Any, TypeVar

from loglake.core.accounting import Accounting
from loglake.core.keys import window_prefix
from loglake.core.ledger.row import (
    SUPERSEDED_MS,
    UNDER_WAY,
    Attempt,
    Current,
    Failure,
    LedgerRow,
    Queue,
    Version,
    WindowState,
)
from loglake.core.units import EpochMs, LogGroupName
from loglake.core.unreadable import NEWER, check_format, check_value, check_values, texts
from loglake.core.windows import Window

FORMAT = 8
"""The format of the items that this version writes, and the only one that it reads."""

_VALUES = {"log_group": str, "table": str, "version": int, "generation": int}

_NAMES: Mapping[type, set[str]] = {kind: {each.name for each in fields(kind)} for kind in (Current, Attempt, Failure)}

V = TypeVar("V", bound=Version)
E = TypeVar("E", bound=Enum)


def row_to_json(row: LedgerRow) -> dict[str, Any]:
    """A JSON-ready dict, without what follows from the rest. There are very many rows, above all replaced ones."""
    current, attempt, failure = row.current, row.attempt, row.failure
    said: dict[str, Any] = {
        "format": FORMAT,
        "log_group": row.log_group,
        "from_ms": row.window.from_ms,
        "to_ms": row.window.to_ms,
        "table": row.table,
        "version": row.version,
        "generation": row.generation,
        "decisions": list(row.decisions),
    }
    if row.key_prefix != window_prefix(row.log_group, row.window):
        said["key_prefix"] = row.key_prefix
    if covering := row.superseded_by:
        expires_at = (row.updated_at_ms + SUPERSEDED_MS) // 1000
        return {**said, "superseded_by": [covering.from_ms, covering.to_ms], "expires_at": expires_at}
    said |= {"queue": row.queue.value, "updated_at_ms": row.updated_at_ms}
    if current:
        said["current"] = _fields(current, accounting=_counted(current.accounting))
    if attempt:
        said["attempt"] = _fields(attempt, state=attempt.state.value)
    if failure:
        said["failure"] = _fields(failure)
    return said


def row_from_json(data: Mapping[str, Any]) -> LedgerRow:
    """The inverse of `row_to_json`.

    Raises:
        ValueError, KeyError, TypeError: `row_to_json` did not write it, or another version of loglake did.
    """
    check_format(data.get("format"), FORMAT)
    for name, kind in _VALUES.items():
        check_value(name, data[name], kind)
    key_prefix = data.get("key_prefix", "")
    check_value("key_prefix", key_prefix, str)
    return LedgerRow(
        log_group=LogGroupName(data["log_group"]),
        window=_window(data["from_ms"], data["to_ms"]),
        table=intern(data["table"]),  # very many rows have the same
        key_prefix=key_prefix,
        version=data["version"],
        generation=data["generation"],
        decisions=texts(data["decisions"]),
        **(_versions(data) if data.get("superseded_by") is None else _replaced(data)),
    )


def _replaced(data: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that a replaced row has."""
    check_value("expires_at", data["expires_at"], int)
    updated_at_ms = EpochMs(data["expires_at"] * 1000 - SUPERSEDED_MS)
    return {"superseded_by": _window(*data["superseded_by"]), "updated_at_ms": updated_at_ms}


def _versions(data: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that only other rows have."""
    check_value("updated_at_ms", data["updated_at_ms"], int)
    current, attempt, failure = (data.get(name) for name in ("current", "attempt", "failure"))
    if current is attempt is failure is None:
        raise ValueError("it has no version of the window, no attempt at one, and no failure")
    return {
        "queue": _known(Queue, "queue", data["queue"]),
        "updated_at_ms": EpochMs(data["updated_at_ms"]),
        "current": None if current is None else _current(current),
        "attempt": None if attempt is None else _attempt(attempt),
        "failure": None if failure is None else _version(Failure, failure),
    }


def _counted(accounting: Accounting) -> dict[str, Any]:
    """The counts without those that are 0, of which there are many."""
    return {name: count for name, count in accounting.to_json().items() if count}


def _current(data: Mapping[str, Any]) -> Current:
    accounting = Accounting(**data["accounting"])
    check_values(accounting)
    for name in ("events_before", "table_files", "table_bytes"):
        if data[name] is not None:
            check_value(name, data[name], int)
    for name in data["partitions"]:
        check_value("a partition", name, str)
    return _version(Current, data, accounting=accounting)


def _attempt(data: Mapping[str, Any]) -> Attempt:
    state = _known(WindowState, "state", data["state"])
    if state not in UNDER_WAY:
        raise ValueError(f"its attempt is {state.value}, which no attempt can be")
    return _version(Attempt, data, state=state)


def _known(kind: type[E], name: str, value: object) -> E:
    """A member of an enumeration, by its value."""
    try:
        return kind(value)
    except ValueError:
        raise ValueError(f"its {name} is {value!r}, which this version does not know: {NEWER}") from None


def _fields(version: Version, **more: Any) -> dict[str, Any]:
    """Tuples become lists, since JSON has no tuples."""
    lists = {name: list(value) for name, value in vars(version).items() if isinstance(value, tuple)}
    return {**vars(version), **lists, "includes": [list(place) for place in version.includes], **more}


def _version(kind: type[V], data: Mapping[str, Any], **more: Any) -> V:
    names = _NAMES[kind]
    if unknown := sorted(data.keys() - names):
        raise ValueError(f"it has a field {unknown[0]!r} that this version does not know: {NEWER}")
    if lacking := sorted(names - data.keys()):
        raise KeyError(lacking[0])
    places = tuple((start, end, number) for start, end, number in data["includes"])
    for start, end, number in places:
        _window(start, end)
        check_value("a generation", number, int)
    values = {**data, "includes": places, **more}
    if "partitions" in values:
        values["partitions"] = tuple(values["partitions"])
    made = kind(**values)
    check_values(made)
    return made


def _window(from_ms: int, to_ms: int) -> Window:
    check_value("from_ms", from_ms, int)
    check_value("to_ms", to_ms, int)
    return Window(EpochMs(from_ms), EpochMs(to_ms))
