"""Arrow's JSON reader with a table's types, limited to the columns that events have shown so far.

Arrow appends a null for each absent field of each object, which takes as long as a value. That is slow if a table has
many columns and each event has few. So the reader learns the columns from the first events. If a new column comes up
later, Arrow infers its type, the reader notices, and reads the batch again: once per column in a reader's life.

Arrow refuses a number in a text column. A text column may hold numbers in all JSON events, such as a ``timestamp`` that
another format's lines share. If inference shows that, the reader leaves the column to inference from then on.

Earlier batches change only the speed, never the result.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from functools import cached_property
from typing import Any

import pyarrow as pa

from loglake.core.schema.schema import Column, ColumnType, FieldPath
from loglake.kernels.arrow import Array, Strings, is_encodable
from loglake.kernels.json.read import read_objects
from loglake.kernels.json.scalars import ARROW_TYPES

HEAD = 256
"""Events that are read first."""


class TypedReader:
    """Reads batches with the types of one table."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self._given = columns
        self._numbers: set[FieldPath] = set()
        self._seen: set[FieldPath] = set()
        self._types: pa.Schema | None = None

    @cached_property  # many a parser never meets an object
    def _columns(self) -> list[Column]:
        return [column for column in self._given if not column.json and all(map(is_encodable, column.path))]

    def read(self, raw: Strings) -> dict[FieldPath, Array] | None:
        """As `read_objects`, with the types of the columns; one that the events have no value of may be missing.

        A column of text may come as whole numbers or booleans, or as whatever else is no time.
        """
        leaves = self._read(raw)
        if leaves is None and self._finds_numbers(raw):
            leaves = self._read(raw)
        if leaves is None or not any(_is_time(leaves.get(path)) for path in self._numbers):
            return leaves
        leaves.clear()  # it is as large as what comes instead
        return read_objects(raw, _arrow_schema(self._columns))

    def _finds_numbers(self, raw: Strings) -> bool:
        """Leaves the columns of text to inference for which that gives no text; whether there are new ones."""
        texts = {column.path for column in self._columns if column.type is ColumnType.STRING} - self._numbers
        leaves = read_objects(raw, None) if texts else None
        new = {path for path in texts if leaves and _is_whole(leaves.get(path))}
        if new:
            self._numbers |= new
            self._types = None
        return bool(new)

    def _insisting(self, paths: Set[FieldPath]) -> pa.Schema:
        return _arrow_schema([column for column in self._columns if column.path in paths - self._numbers])

    def _read(self, raw: Strings) -> dict[FieldPath, Array] | None:
        if self._types is None:
            every = self._insisting({column.path for column in self._columns})
            head = read_objects(raw.slice(0, HEAD), every)
            if len(raw) <= HEAD:
                return head
            if head is None:
                return read_objects(raw, every)
            self._see(head)
        leaves = read_objects(raw, self._types)
        if leaves is None or not self._see(leaves):
            return leaves
        leaves.clear()  # it is as large as what comes instead
        return read_objects(raw, self._types)

    def _see(self, leaves: Mapping[FieldPath, Array]) -> bool:
        """Insists on the types of the columns that there are, too; whether any is new."""
        there = {path for path, leaf in leaves.items() if leaf.null_count < len(leaf)}
        new = {column.path for column in self._columns if column.path in there} - self._seen
        if new or self._types is None:
            self._seen |= new
            self._types = self._insisting(self._seen)
        return bool(new)


def _is_time(leaf: Array | None) -> bool:
    """Whether inference took texts for times."""
    return leaf is not None and pa.types.is_temporal(leaf.type)


def _is_whole(leaf: Array | None) -> bool:
    return leaf is not None and (pa.types.is_integer(leaf.type) or pa.types.is_boolean(leaf.type))


def _arrow_schema(columns: Sequence[Column]) -> pa.Schema:
    """The nested types to insist on. Arrays are left to inference, and timestamps are read as text."""
    tree: dict[str, Any] = {}
    for column in sorted(columns, key=lambda item: len(item.path), reverse=True):
        branch = tree
        for key in column.path[:-1]:
            branch = branch.setdefault(key, {})
        kind = pa.string() if column.type is ColumnType.TIMESTAMP else ARROW_TYPES[column.type]
        branch.setdefault(column.path[-1], kind)  # if there are members already, the struct stays
    return pa.schema(_fields(tree))


def _fields(tree: Mapping[str, Any]) -> list[pa.Field[Any]]:
    return [
        pa.field(key, pa.struct(_fields(branch)) if isinstance(branch, dict) else branch)
        for key, branch in tree.items()
    ]
