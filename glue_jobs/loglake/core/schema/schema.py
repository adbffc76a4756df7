"""Column types, the lattice that joins them, and a table's schema, which only ever grows.

A column's type, once written, never changes: Athena can't read a table if its Parquet files disagree
(``HIVE_BAD_DATA``). New fields become new columns, and a value that does not fit its column is kept in ``_rescued``.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from itertools import count
from typing import Any

from loglake.core.schema.trace_names import TRACE_NAMES
from loglake.core.unreadable import entries, texts
from loglake.errors import ConfigError

FieldPath = tuple[str, ...]
"""The keys that lead to a value: ``("user", "id")``. A text format's field is a path of one."""

LOG_TIME, LOG_ACCOUNT = "log_time", "log_account"
LATER = (LOG_TIME, LOG_ACCOUNT)
"""Columns of the envelope that old tables lack."""

ENVELOPE = ("event_time", LOG_TIME, LOG_ACCOUNT, "log_group", "log_stream", "message", "level", "raw")
TRAILER = ("_rescued", "_source", "_line", "_event_id")
PARTITION_KEYS = ("dt", "hour")
RESERVED = frozenset(ENVELOPE + TRAILER + PARTITION_KEYS)

PAIRS_PATH: FieldPath = ("_pairs",)
"""The column of JSON text that has the pairs in a message without a column of their own."""

MAX_COLUMNS = 500
MAX_PATH_BYTES = 256
MAX_SCHEMA_BYTES = 300_000
"""A schema is one DynamoDB item, which has at most 400 KB. A field with a longer path, or one that would make the
schema larger than this, gets no column, and its values are rescued."""

MAX_DEPTH = 5
"""Objects nested deeper than this many keys become JSON text."""


MAX_KEYS = MAX_COLUMNS // 2
"""An object with more different keys, such as one that has users' ids for keys, is one column of JSON text."""


class ColumnType(str, Enum):
    """The types of parsed columns, by their Glue (Hive) names."""

    BOOLEAN = "boolean"
    BIGINT = "bigint"
    DOUBLE = "double"
    STRING = "string"
    TIMESTAMP = "timestamp"


@dataclass(frozen=True)
class InferredType:
    """The type inferred for a field from a sample.

    Attributes:
        type: the narrowest type that holds all values.
        json: some values were arrays or deep objects.
        repeats: each value only repeats ``message``, or ``level`` apart from letter case: the field needs no column.
        events: of a pair in messages, how many events have it: it is a column if they are many. None for a field that
            is one in any case.
    """

    type: ColumnType
    json: bool = False
    repeats: bool = False
    events: int | None = None

    def join(self, other: InferredType) -> InferredType:
        """The narrowest type that holds both: double for bigint and double, string for any other difference."""
        return InferredType(
            join(self.type, other.type),
            self.json or other.json,
            repeats=self.repeats and other.repeats,
            events=None if self.events is None or other.events is None else self.events + other.events,
        )


def join(left: ColumnType, right: ColumnType) -> ColumnType:
    """The least upper bound of two types. Commutative, associative, idempotent."""
    if left is right:
        return left
    if {left, right} == {ColumnType.BIGINT, ColumnType.DOUBLE}:
        return ColumnType.DOUBLE
    return ColumnType.STRING


@dataclass(frozen=True)
class Column:
    """A parsed column.

    Attributes:
        name: as Athena shows it: lower-case ``[a-z0-9_]``.
        path: the path of its value in the event.
        type: fixed once written.
        json: the values are arrays or objects, held as JSON text (`type` is then string). An object that has columns
            of its own, below this path, is not held.
    """

    name: str
    path: FieldPath
    type: ColumnType
    json: bool = False


@dataclass(frozen=True)
class TableSchema:
    """The parsed columns of a table, in the order in which they were first seen.

    Version 0 has no columns and is not stored: the state before the first batch.

    Attributes:
        partition_by: ``day`` or ``hour``, fixed by the first batch; empty before it.
        layouts: of the headers of its text events, in the order in which they are asked; see the format ``header``.
        later: which of `LATER` it has: all, but for old tables.
    """

    table: str
    version: int = 0
    columns: tuple[Column, ...] = ()
    partition_by: str = ""
    layouts: tuple[str, ...] = ()
    later: frozenset[str] = frozenset(LATER)

    def __post_init__(self) -> None:
        """States the invariant: names and paths are unique, and no name is reserved."""
        names = [column.name for column in self.columns]
        reserved = RESERVED - (frozenset(LATER) - self.later)
        if len(set(names)) != len(names) or reserved & set(names):
            raise ValueError(f"column names must be unique and not reserved: {names}")

    @property
    def envelope(self) -> tuple[str, ...]:
        """The columns before the parsed ones."""
        return tuple(name for name in ENVELOPE if name not in LATER or name in self.later)

    def glue_types(self) -> dict[str, str]:
        """The Glue types of all columns of a file, by their names."""
        kinds = {column.name: column.type.value for column in self.columns}
        known = {"event_time": "timestamp", LOG_TIME: "timestamp", "_line": "bigint"}
        names = (*self.envelope, *kinds, *TRAILER)
        return {name: kinds.get(name) or known.get(name, "string") for name in names}

    def by_path(self) -> dict[FieldPath, Column]:
        """The columns by field path."""
        return {column.path: column for column in self.columns}

    def to_json(self) -> dict[str, Any]:
        """A JSON-ready dict."""
        columns = [{"name": c.name, "path": list(c.path), "type": c.type.value, "json": c.json} for c in self.columns]
        return {
            "table": self.table,
            "version": self.version,
            "columns": columns,
            "partition_by": self.partition_by,
            **({"layouts": list(self.layouts)} if self.layouts else {}),
            **{f"has_{name}": True for name in LATER if name in self.later},
        }

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> TableSchema:
        """The inverse of `to_json`."""
        columns = tuple(
            Column(texts([each["name"]])[0], texts(each["path"]), ColumnType(each["type"]), bool(each["json"]))
            for each in entries(data["columns"])
        )
        table, partition_by = texts([data["table"], data.get("partition_by", "")])
        layouts, later = tuple(texts(data.get("layouts", []))), (name for name in LATER if data.get(f"has_{name}"))
        return TableSchema(table, int(data["version"]), columns, partition_by, layouts, frozenset(later))


def grow(
    schema: TableSchema, inferred: Mapping[FieldPath, InferredType], layouts: tuple[str, ...] | None = None
) -> TableSchema:
    """The next version of a schema: old columns as they are, then a column for each new field.

    A field that only repeats the envelope gets none until a sample shows another value. New columns come in the order
    of `inferred`. A field gets no column, and its values are rescued, if it is beyond `MAX_COLUMNS`, if its path is
    longer than `MAX_PATH_BYTES`, or if `MAX_SCHEMA_BYTES` leaves no room. An object of more than `MAX_KEYS` is one
    column, unless it has columns for some already. Returns the same object if nothing is new. Layouts, if given, are
    all that the table has then.
    """
    inferred = _with_whole_objects(inferred, schema.columns)
    known = set(schema.by_path())
    taken = {column.name for column in schema.columns} | RESERVED
    needed = [path for path, seen in inferred.items() if path not in known and not seen.repeats]
    new = [path for path in needed if len("".join(path).encode("utf-8", "surrogatepass")) <= MAX_PATH_BYTES]
    names = _names(new, taken)
    fresh: list[Column] = []
    room = MAX_SCHEMA_BYTES - sum(map(_stored_bytes, schema.columns))
    for path in new:
        column = Column(names[path], path, inferred[path].type, inferred[path].json)
        if len(schema.columns) + len(fresh) >= MAX_COLUMNS or _stored_bytes(column) > room:
            continue
        room -= _stored_bytes(column)
        fresh.append(column)
    layouts = schema.layouts if layouts is None else layouts
    if not fresh and layouts == schema.layouts:
        return schema
    return replace(schema, version=schema.version + 1, columns=schema.columns + tuple(fresh), layouts=layouts)


def whole_paths(columns: Iterable[Column]) -> frozenset[FieldPath]:
    """The paths at which objects are held as JSON text: no column has a part of them."""
    columns = list(columns)
    parts = {path for column in columns for path in _above(column.path)}
    return frozenset(column.path for column in columns if column.json) - parts


def crowds(paths: Iterable[FieldPath]) -> frozenset[FieldPath]:
    """The objects with more than `MAX_KEYS` keys of scalars and arrays, or as many of objects."""
    keys: dict[tuple[FieldPath, bool], set[str]] = defaultdict(set)
    for path in paths:
        for parent in _above(path):
            keys[parent, len(parent) + 1 == len(path)].add(path[len(parent)])
    return frozenset(parent for (parent, _), names in keys.items() if len(names) > MAX_KEYS)


def _above(path: FieldPath) -> list[FieldPath]:
    return [path[:length] for length in range(1, len(path))]


def _with_whole_objects(
    inferred: Mapping[FieldPath, InferredType], columns: tuple[Column, ...]
) -> Mapping[FieldPath, InferredType]:
    """The fields, with one in the place of the keys of an object that has too many, or is held as JSON text."""
    crowded = crowds(inferred) - {path for column in columns for path in _above(column.path)}
    whole = crowded | whole_paths(columns)
    fields: dict[FieldPath, InferredType] = {}
    for path, seen in inferred.items():
        parent = next((each for each in _above(path) if each in whole), None)
        if path in crowded or (parent and parent in crowded):
            fields[parent or path] = InferredType(ColumnType.STRING, json=True)
        elif not parent:
            fields[path] = seen
    return fields


def retype(schema: TableSchema, name: str, kind: ColumnType) -> TableSchema:
    """The next version of a schema, with another type for one column.

    Existing files keep the old type: the caller that publishes this has them written again.

    Raises:
        ConfigError: there is no such column, it has that type already, or it holds JSON text.
    """
    found = next((column for column in schema.columns if column.name == name), None)
    if found is None:
        raise ConfigError(
            f"{schema.table} has no column {name} of its own: see loglake schema show {schema.table}, or add --add to "
            "make one of the field of that name"
        )
    if found.type is kind:
        raise ConfigError(f"column {name} of {schema.table} is {kind.value} already")
    if found.json:
        raise ConfigError(f"column {name} of {schema.table} holds arrays or objects as JSON text: it stays string")
    columns = tuple(replace(column, type=kind) if column is found else column for column in schema.columns)
    return replace(schema, version=schema.version + 1, columns=columns)


def retyped(written: TableSchema, latest: TableSchema) -> list[str]:
    """The columns that a later version of the schema has with another type, in order."""
    types = {column.path: column.type for column in latest.columns}
    return [column.name for column in written.columns if types.get(column.path, column.type) is not column.type]


def _stored_bytes(column: Column) -> int:
    """About the bytes of a column in a stored schema."""
    return len(json.dumps([column.name, column.path, column.type.value, column.json], ensure_ascii=True))


def join_types(
    batches: Iterable[Mapping[FieldPath, InferredType]],
) -> dict[FieldPath, InferredType]:
    """Joins the types inferred from many samples, field by field, in the order of first sight."""
    merged: dict[FieldPath, InferredType] = {}
    for batch in batches:
        for path, seen in batch.items():
            merged[path] = seen.join(merged[path]) if path in merged else seen
    return merged


def clean_name(text: str) -> str:
    """A name that Athena accepts unquoted: lower-case ``[a-z0-9_]``, not starting with a digit."""
    name = re.sub(r"[^a-z0-9_]+", "_", text.lower()).strip("_") or "field"
    return f"f_{name}" if name[0].isdigit() else name


def column_name(path: FieldPath, taken: set[str] | None = None) -> str:
    """The column of a field: ``("user", "id")`` is ``user_id``, and each spelling in `TRACE_NAMES` has one name.

    A reserved name gets the suffix ``_field``. If another path has the name already, the field's parent becomes a
    prefix; if that is taken too, a number is added.
    """
    if path == PAIRS_PATH:
        return path[0]
    known = TRACE_NAMES.get(path, "")
    name = known if known and known not in (taken or ()) else clean_name("_".join(path))[:200]
    if name in RESERVED:
        name += "_field"
    if taken is None or name not in taken:
        return name
    if len(path) > 1 and (prefixed := f"{clean_name(path[-2])[:100]}_{name}") not in taken:
        return prefixed
    return next(found for number in count(2) if (found := f"{name}_{number}") not in taken)


def _names(paths: Iterable[FieldPath], taken: set[str]) -> dict[FieldPath, str]:
    """A name for each new field. If several clean to the same name, the shortest path gets it; spelled so if one is."""
    names: dict[FieldPath, str] = {}
    for path in sorted(paths, key=lambda path: (len(path), path in TRACE_NAMES)):  # stable: on a tie, the first seen
        names[path] = column_name(path, taken)
        taken.add(names[path])
    return names
