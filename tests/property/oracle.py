"""The expected rows of an event, computed without any code of the kernels.

A value is in its typed column, exactly, or under its path in ``_rescued``, exactly; never in both, never in neither.
If a type plainly holds the value, it is in the column. A string without a column that is the row's message, or its
level in any case, at a path that loggers use for it, is there. JSON's null is NULL. An object without members holds
nothing, except at the path of a column. Of a key that comes several times in one object, the last is the column's.
"""

from __future__ import annotations

import base64
import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from fractions import Fraction
from typing import Any

from property.cases import Event
from property.exact_json import Json, Members, Number, Path, leaves, read, read_object

RAW_BASE64 = "_raw_base64"
"""Where in ``_rescued`` the bytes of an event are that is not UTF-8."""

Row = Mapping[str, Any]
"""The cells of a row by column; timestamps of parsed columns are microseconds since the epoch."""

MESSAGES: frozenset[Path] = frozenset(
    (name,)
    for name in ("message", "msg", "log", "@message", "Message", "short_message", "event", "textPayload", "Body")
) | {("body", "stringValue"), *((name,) for name in ("body", "RenderedMessage", "@m", "MessageTemplate", "@mt"))}
LEVELS: frozenset[Path] = frozenset(
    [
        ("log", "level"),
        *((name,) for name in ("level", "Level", "levelname", "lvl", "loglevel", "log_level", "log.level")),
        *((name,) for name in ("severity", "Severity", "SeverityText", "severityText", "severity_text")),
        *((name,) for name in ("logLevel", "LogLevel", "LEVEL", "@l")),
    ]
)

_EMPTY = Members(())
_INT64 = range(-(2**63), 2**63)
_PLAIN_DOUBLE = re.compile(r"-?\d{1,9}(?:\.\d{1,6})?")
_PLAIN_TIME = re.compile(
    r"(19|20)\d\d-(0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,6})?Z"
)
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_TIME_UNITS = (1_000_000, 1_000, 1, Fraction(1, 1_000))


@dataclass(frozen=True)
class Col:
    """A parsed column: `kind` is its Glue type, `json` whether a text of it may be an array or an object."""

    name: str
    path: Path
    kind: str
    json: bool = False


def held_whole(columns: Iterable[Col]) -> set[Path]:
    """Where an object is one value: a column holds its JSON text, and no column holds a part of it."""
    columns = list(columns)
    parts = {column.path[:length] for column in columns for length in range(1, len(column.path))}
    return {column.path for column in columns if column.json} - parts


@dataclass
class Kept:
    """Counts the values of events by the place in which they were found.

    Attributes:
        rescued: how many values ``_rescued`` holds.
        in_columns: how many values are in a column of each type, by the path.
    """

    rescued: int = 0
    in_columns: dict[tuple[Path, str], int] = field(default_factory=dict)


class LostError(AssertionError):
    """A value, a text or a row is missing from its place, or has changed."""


def check(condition: object, problem: str, *details: object) -> None:
    """Raises LostError with the details if the condition does not hold."""
    if not condition:
        raise LostError(f"{problem}: " + ", ".join(map(_shown, details)))


def _shown(detail: object) -> str:
    text = repr(detail)
    return text if len(text) < 2_000 else f"{text[:2_000]}... ({len(text):,} characters)"


def check_values(event: Event, row: Row, columns: Iterable[Col], kept: Kept) -> None:
    """Compares the parsed columns and ``_rescued`` of a row with what its event says.

    Args:
        event: which the row is of.
        row: its cells.
        columns: of the table, as the row was written.
        kept: counts what was found.

    Raises:
        LostError: something is missing, changed, or nowhere in the event.
    """
    value = read_object(event.text)
    by_path = {column.path: column for column in columns}
    found = leaves(value, whole=held_whole(by_path.values())) if value else []
    last = {path: number for number, (path, _) in enumerate(found)}
    empty = {column.name for column in by_path.values()}
    rescued: dict[str, list[Json]] = {}
    for number, (path, leaf) in enumerate(found):
        column = by_path.get(path)
        if leaf is None or (leaf == _EMPTY and column is None):
            continue
        cell = row[column.name] if column and last[path] == number else None
        if column and cell is not None:
            check(holds(leaf, column.kind, cell), "a column has another value", column, leaf, cell, event)
            empty.discard(column.name)
            kept.in_columns[path, column.kind] = kept.in_columns.get((path, column.kind), 0) + 1
            continue
        if column is None and last[path] == number and repeats(path, leaf, row):
            kept.in_columns[path, "string"] = kept.in_columns.get((path, "string"), 0) + 1
            continue
        lost = column and last[path] == number and plainly_fits(leaf, column.kind)
        check(not lost, "a value fits its column and is not there", column, leaf, event)
        name = ".".join(path)
        rescued.setdefault(f"{name}_field" if name == RAW_BASE64 else name, []).append(leaf)
    if not event.fields_of_text or value:
        for name in empty:
            check(row[name] is None, "a column has a value that is nowhere in the event", name, row[name], event)
        kept.rescued += _check_rescued(event, row["_rescued"], rescued)


def repeats(path: Path, value: Json, envelope: Row) -> bool:
    """Whether the envelope has a value already."""
    if not isinstance(value, str):
        return False
    same_level = path in LEVELS and value.isascii() and value.upper() == envelope["level"]
    return same_level or (path in MESSAGES and value == envelope["message"])


def _check_rescued(event: Event, text: str | None, values: Mapping[str, list[Json]]) -> int:
    wanted: dict[str, Json] = {key: found[0] if len(found) == 1 else found for key, found in values.items()}
    if not event.is_exact:
        wanted[RAW_BASE64] = base64.b64encode(event.data).decode("ascii")
    held = read(text) if text is not None else _EMPTY
    if not isinstance(held, Members):
        raise LostError(f"_rescued is not a JSON object: {text!r}")
    keys = [key for key, _ in held.pairs]
    check(len(keys) == len(set(keys)), "_rescued has a key twice", text, event)
    check(text is None or keys, "_rescued holds nothing and is not NULL", text, event)
    check(dict(held.pairs) == wanted, "_rescued is not what did not fit", text, wanted, event)
    return sum(map(len, values.values())) + (not event.is_exact)


def holds(value: Json, kind: str, cell: object) -> bool:
    """Whether a cell of a column with this type is exactly that value (not null)."""
    return _HOLDS[kind](value, cell)


def _is_boolean(value: Json, cell: object) -> bool:
    return isinstance(value, bool) and cell is value


def _is_bigint(value: Json, cell: object) -> bool:
    return isinstance(value, Number) and value.is_integer and type(cell) is int and int(value) == cell


def _is_double(value: Json, cell: object) -> bool:
    """Whether a double's shortest text is the number; for integers, whether it is no other integer too."""
    if not isinstance(value, Number) or not isinstance(cell, float) or not math.isfinite(cell):
        return False
    if value.is_integer:
        return abs(int(value)) <= 2**53 and int(value) == cell
    return value.same_as(repr(cell))


def _is_text(value: Json, cell: object) -> bool:
    """Whether a cell is that string, or the JSON text of any other value."""
    if isinstance(value, str):
        return cell == value
    try:
        return isinstance(cell, str) and bool(read(cell) == value)
    except ValueError:
        return False


def _is_instant(value: Json, cell: object) -> bool:
    return isinstance(cell, int) and cell in _instants(value)


_HOLDS: Mapping[str, Callable[[Json, object], bool]] = {
    "boolean": _is_boolean,
    "bigint": _is_bigint,
    "double": _is_double,
    "string": _is_text,
    "timestamp": _is_instant,
}


def _instants(value: Json) -> set[int]:
    """The microseconds since the epoch that a value can stand for without being rounded."""
    if isinstance(value, Number) and len(value.text) < 40 and not re.search(r"[eE][+-]?\d{3}", value.text):
        exact = [Fraction(value.text) * unit for unit in _TIME_UNITS]
        return {int(instant) for instant in exact if instant.denominator == 1}
    if not isinstance(value, str):
        return set()
    fraction = re.search(r"[.,](\d+)", value)
    if fraction and fraction[1][6:].strip("0"):
        return set()
    try:
        instant = datetime.fromisoformat(value.replace(" Z", "Z"))
    except ValueError:
        return set()
    aware = instant if instant.tzinfo else instant.replace(tzinfo=timezone.utc)
    return {(aware - _EPOCH) // timedelta(microseconds=1)}


def plainly_fits(value: Json, kind: str) -> bool:
    """Whether there is no doubt that a type holds a value."""
    if kind == "boolean":
        return isinstance(value, bool)
    if kind == "bigint":
        return isinstance(value, Number) and value.is_integer and int(value) in _INT64
    if kind == "double":
        return isinstance(value, Number) and bool(_PLAIN_DOUBLE.fullmatch(value.text))
    if kind == "timestamp":
        return isinstance(value, str) and bool(_PLAIN_TIME.fullmatch(value))
    return not isinstance(value, str) or not any("\ud800" <= letter <= "\udfff" for letter in value)


def least_type(values: Iterable[Json]) -> str:
    """The type that a new column gets: the least that holds each of its first values exactly."""
    kinds = {_least(value) for value in values}
    if len(kinds) == 1:
        return kinds.pop()
    return "double" if kinds == {"bigint", "double"} else "string"


def _least(value: Json) -> str:
    if isinstance(value, bool):
        return "boolean"
    if not isinstance(value, Number):
        return "string"
    if value.is_integer:
        return "bigint" if int(value) in _INT64 else "string"
    double = float(value.text)
    return "double" if math.isfinite(double) and value.same_as(repr(double)) else "string"
