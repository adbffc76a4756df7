"""Checks that each value of a JSON event is in its column or rescued, as it is in the text.

The oracle is Python's JSON reader, with numbers left as text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

import pyarrow as pa
from property.oracle import repeats

from fuzz.case import Case
from fuzz.convert import Converted
from fuzz.findings import expect
from loglake.core.schema.conversion import TablePlan
from loglake.core.schema.schema import MAX_DEPTH, Column, ColumnType, FieldPath

OBJECTS = frozenset({"json", "lambda", "emf", "waf", "cloudtrail", "route53_resolver", "eks_audit", "otlp"})
"""The formats that read events which are JSON objects as such."""

MOST_ROWS = 300
"""Of a file. A case has few more."""


_OTLP = re.compile('"resourceLogs"|"timeUnixNano"')
_NUMBER = re.compile(r"-?\d{1,30}")


class Number(NamedTuple):
    """A number as written."""

    text: str


def check_values(case: Case, plan: TablePlan, made: Converted) -> None:
    """Raises if a value is lost, or if a rescued value is not counted."""
    columns = plan.schema.by_path()
    names = [column.name for column in plan.schema.columns]
    rescued = 0
    for _, table in made.tables:
        rescued += table.num_rows - table.column("_rescued").null_count
        for row in _without_times(table.slice(0, MOST_ROWS)).to_pylist():
            if case.format == "auto" or OBJECTS.intersection(plan.formats):
                _check_row(columns, row)
            if plan.formats == ("json",) and _is_broken(row["raw"]):
                held = [name for name in names if row[name] is not None]
                expect(not held, "what is not JSON has values", f"{held} of {row['raw']!r:.2000}")
    counted = made.result.accounting.rescued_values
    expect(counted >= rescued, "fewer values are counted as rescued than are", f"{counted} of {rescued}")
    expect(bool(counted) == bool(rescued), "what is rescued is in no row", counted)


def _without_times(table: pa.Table) -> pa.Table:
    """Python's datetime ends with the year 9999, a timestamp does not."""
    for index, field in enumerate(table.schema):
        if pa.types.is_timestamp(field.type):
            table = table.set_column(index, field.name, table.column(index).cast(pa.int64()))
    return table


def _check_row(columns: Mapping[FieldPath, Column], row: Mapping[str, Any]) -> None:
    rescued = read(row["_rescued"]) if row["_rescued"] else {}
    expect(isinstance(rescued, dict), "what is rescued is not a JSON object", row["_rescued"])
    leaves = _leaves_of(row["raw"])
    last = {path: number for number, (path, _) in enumerate(leaves)}
    for number, (path, value) in enumerate(leaves):
        is_in_envelope = path not in columns and number == last[path] and repeats(path, value, row)
        is_in_envelope |= _is_wrapped(path, value, row) or _is_spread(columns, value, row)
        if value in (None, {}) or is_in_envelope or _is_held(columns, row, path, value, number == last[path]):
            continue
        names = [".".join(head) for head in _heads(path)]
        names = [f"{name}_field" if name == "_raw_base64" else name for name in names]
        texts = [rescued[name] for name in names if name in rescued]
        found = any(value == text or (isinstance(text, list) and value in text) for text in texts)
        detail = f"{path} {value!r:.500} of {row['raw']!r:.2000}: {row['_rescued']!r:.1000}"
        expect(found, "a value is lost", detail)


def _is_wrapped(path: FieldPath, value: object, row: Mapping[str, Any]) -> bool:
    """Whether it is the text that Docker's json-file wraps, which is the message without the newline at its end."""
    return path == ("log",) and isinstance(value, str) and value.removesuffix("\n") == row["message"]


def _is_spread(columns: Mapping[FieldPath, Column], value: object, row: Mapping[str, Any]) -> bool:
    """Whether OpenTelemetry's reader may have taken it apart: each of its scalars is somewhere in the row then.

    The key of an attribute becomes a part of a column's path, or a member in the text of a column.
    """
    if not _OTLP.search(row["raw"]):
        return False
    cells = [cell for name, cell in row.items() if name != "raw"]
    cells += [read(cell) for cell in cells if isinstance(cell, str)]
    held = {part for path in columns for part in path}
    return held.union(*map(_scalars, cells), *map(_keys, cells)).issuperset(_scalars(value))


def _keys(value: object) -> Iterator[str]:
    """The keys of all objects, and what follows a dot in them: rescued values have their whole path."""
    if isinstance(value, (Mapping, list)):
        for key in value if isinstance(value, Mapping) else ():
            parts = key.split(".")
            yield from (".".join(parts[at:]) for at in range(len(parts)))
        for each in value.values() if isinstance(value, Mapping) else value:
            yield from _keys(each)


def _scalars(value: object) -> Iterator[str]:
    """The texts of all scalars in a value. Numbers are written in one way, and empty texts are left out."""
    if isinstance(value, Mapping):
        yield from (text for each in value.values() for text in _scalars(each))
    elif isinstance(value, list):
        yield from (text for each in value for text in _scalars(each))
    elif isinstance(value, bool):
        yield str(value)
    elif isinstance(value, (int, float, Number)):
        yield str(Decimal(value.text if isinstance(value, Number) else repr(value)).normalize())
    elif isinstance(value, str) and value:
        yield str(Decimal(value).normalize()) if _NUMBER.fullmatch(value) else value


def _is_broken(raw: str) -> bool:
    """Whether a text looks like a JSON object but is not."""
    text = raw.strip(" \t\r\n")
    if not (text.startswith("{") and text.endswith("}")):
        return False
    try:
        _loads(text)
    except ValueError:
        return True
    except RecursionError:
        pass
    return False


class Pairs(list[tuple[str, Any]]):
    """The members of an object, repeated ones included."""


def read(text: str) -> Any:
    """The value of a JSON text, or None if it is not JSON. Of repeated members the last one counts."""
    try:
        return json.loads(text, parse_int=Number, parse_float=Number, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None


def _leaves_of(text: str) -> list[tuple[FieldPath, Any]]:
    """The values of an event; none if it is not a JSON object, or if it nests too deep."""
    try:
        event = _loads(text)
        return list(_leaves(event, ())) if isinstance(event, Pairs) else []
    except (ValueError, RecursionError):
        return []


def _loads(text: str) -> Any:
    return json.loads(text, parse_int=Number, parse_float=Number, parse_constant=_refuse, object_pairs_hook=Pairs)


def _as_dicts(value: Any) -> Any:
    if isinstance(value, Pairs):
        return {key: _as_dicts(member) for key, member in value}
    return [_as_dicts(each) for each in value] if isinstance(value, list) else value


def _refuse(name: str) -> None:
    raise ValueError(name)


def _leaves(value: Any, path: FieldPath) -> Iterator[tuple[FieldPath, Any]]:
    """All values down to the depth of columns, in their order; an empty object is one."""
    if isinstance(value, Pairs) and value and len(path) < MAX_DEPTH:
        for key, member in value:
            yield from _leaves(member, (*path, key))
    else:
        yield path, _as_dicts(value)


def _is_held(
    columns: Mapping[FieldPath, Column], row: Mapping[str, Any], path: FieldPath, value: Any, is_last: bool
) -> bool:
    """Whether the value is in its column (the last of several), or in the text of an object around it."""
    column = columns.get(path)
    if column and is_last and _holds(row[column.name], column, value):
        return True
    around = [head for head in _heads(path) if head != path and head in columns]
    return any(_has_member(row[columns[head].name], columns[head], head, path, value) for head in around)


def _heads(path: FieldPath) -> Iterator[FieldPath]:
    """The path, and the paths of the objects around it, since metadata are one column of JSON text."""
    return (path[:length] for length in range(len(path), 0, -1))


def _holds(held: Any, column: Column, value: Any) -> bool:
    if held is None:
        return False
    if column.type is ColumnType.STRING:
        return bool((held if isinstance(value, str) else read(held)) == value)
    if column.type is ColumnType.TIMESTAMP:
        return True
    if column.type is ColumnType.BOOLEAN:
        return held is value
    return isinstance(value, Number) and not isinstance(held, bool) and Decimal(repr(held)) == Decimal(value.text)


def _has_member(held: Any, column: Column, head: FieldPath, path: FieldPath, value: Any) -> bool:
    """Whether an object's text has a value at a path of its event, maybe in one of several members of that name."""
    if held is None or column.type is not ColumnType.STRING:
        return False
    try:
        return (path, value) in _leaves(_loads(held), head)
    except (ValueError, RecursionError):
        return False
