"""Fitting JSON events to a schema one at a time: slow, exact, and what the fast path in `fit` must agree with.

Schema in: a table's columns. Out: one value per column, and the JSON text of what has no column or does not fit its
own. JSON's null is NULL and not rescued; an empty object holds no value unless a column has exactly its path.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from loglake.core.schema.schema import (
    Column,
    ColumnType,
    FieldPath,
    InferredType,
    TableSchema,
    join_types,
    whole_paths,
)
from loglake.kernels.json.scalars import MISFIT, epoch_to_us, iso_to_us, to_bigint, to_boolean, to_double, to_string
from loglake.kernels.json.walk import EMPTY_OBJECT, Leaf, NotJsonError, walk

RAW_BASE64 = "_raw_base64"
"""The name in ``_rescued`` for the exact bytes of an event that is not UTF-8; no field uses it."""


@dataclass
class FittedRow:
    """One event, fitted.

    Attributes:
        values: one per column of the schema.
        rescued: JSON text of an object, or None if everything fits.
        rescued_values: how many values `rescued` holds.
        picked: texts at the requested paths, see `pick`.
        left: the picked texts that are in no column and not rescued, by path.
        valid: False if the event is no JSON object; then all else is None.
    """

    values: list[object]
    rescued: str | None
    rescued_values: int
    picked: list[str | None]
    left: Mapping[FieldPath, str] = field(default_factory=dict)
    valid: bool = True


class RowFitter:
    """Fits events to one schema.

    Args:
        schema: the columns.
        picks: which texts to pick.
        leave: picks without a column; their strings are not rescued.
    """

    def __init__(self, schema: TableSchema, picks: Sequence[FieldPath], leave: Collection[FieldPath] = ()) -> None:
        self._columns = {column.path: index for index, column in enumerate(schema.columns)}
        self._schema = schema
        self._picks = tuple(picks)
        self._leave = frozenset(leave)
        self._whole = whole_paths(schema.columns)

    def fit(self, text: str, but: Collection[FieldPath] = ()) -> FittedRow:
        """Fits one event.

        The last of several values at one path is the one that fits or not, as in every JSON reader; those before it
        are rescued.

        Args:
            text: the event.
            but: paths in `leave` with strings that are rescued all the same.
        """
        values: list[object] = [None] * len(self._columns)
        try:
            leaves = walk(text, self._whole)
        except NotJsonError:
            return FittedRow(values, None, 0, [None] * len(self._picks), valid=False)
        left: dict[FieldPath, str] = {}
        leave = self._leave.difference(but)
        last = {leaf.path: leaf for leaf in leaves}
        misfits: dict[str, list[str]] = defaultdict(list)
        for leaf in leaves:
            is_last = last[leaf.path] is leaf
            if is_last and leaf.path in leave and leaf.string is not None and (text_of := pick(leaf)) is not None:
                left[leaf.path] = text_of
                continue
            value = self._value(leaf) if is_last else MISFIT
            if value is not MISFIT:
                values[self._columns[leaf.path]] = value
            elif self._holds_a_value(leaf):
                misfits[rescued_name(leaf.path)].append(leaf.text)
        picked = [pick(last[path]) if path in last else None for path in self._picks]
        return FittedRow(values, rescue(misfits), sum(map(len, misfits.values())), picked, left)

    def whole_objects(self, text: str) -> list[FieldPath]:
        """The paths of the event's objects that are held whole."""
        try:
            leaves = walk(text, self._whole)
        except NotJsonError:
            return []
        return [leaf.path for leaf in leaves if leaf.path in self._whole and leaf.text[0] == "{"]

    def _value(self, leaf: Leaf) -> object:
        index = self._columns.get(leaf.path)
        if index is None:
            return MISFIT
        return leaf_value(leaf, self._schema.columns[index]) if self._holds_a_value(leaf) else None

    def _holds_a_value(self, leaf: Leaf) -> bool:
        if leaf.text == EMPTY_OBJECT:
            return leaf.path in self._columns
        return not leaf.is_null


def leaf_value(leaf: Leaf, column: Column) -> object:
    """The column's value for a leaf that is not null; `MISFIT` if it does not fit."""
    if column.type is ColumnType.STRING:
        # String is the top of the lattice: it holds any value. A value that is no string is its JSON text.
        return to_string(leaf.text if leaf.string is None else leaf.string)
    if column.type is ColumnType.TIMESTAMP:
        return epoch_to_us(leaf.text) if leaf.string is None else iso_to_us(leaf.string)
    if leaf.string is not None:
        return MISFIT
    if column.type is ColumnType.BOOLEAN:
        return to_boolean(leaf.text)
    return to_bigint(leaf.text) if column.type is ColumnType.BIGINT else to_double(leaf.text)


def pick(leaf: Leaf) -> str | None:
    """A string as it is, a whole number as its digits, None for anything else."""
    if leaf.string is not None:
        text = to_string(leaf.string)
        return text if isinstance(text, str) else None
    number = to_bigint(leaf.text)
    if number is MISFIT:
        number = to_double(leaf.text)
    if isinstance(number, float):
        return str(int(number)) if number.is_integer() and abs(number) < 2**53 else None
    return str(number) if isinstance(number, int) else None


def rescued_name(path: FieldPath) -> str:
    """The name of a field in ``_rescued``: its path with dots; a reserved name gets a suffix, as a column's does."""
    name = ".".join(path)
    return f"{name}_field" if name == RAW_BASE64 else name


def rescue(misfits: Mapping[str, Sequence[str]]) -> str | None:
    """A JSON object of JSON texts by dotted path; several at one path become an array, in their order."""
    if not misfits:
        return None
    members = (f"{_quote(name)}:{texts[0] if len(texts) == 1 else _array(texts)}" for name, texts in misfits.items())
    return "{" + ",".join(members) + "}"


def _array(texts: Iterable[str]) -> str:
    return f"[{','.join(texts)}]"


def _quote(name: str) -> str:
    quoted = json.dumps(name, ensure_ascii=False)
    return quoted if to_string(quoted) is not MISFIT else json.dumps(name)


def infer_and_pick_rows(
    texts: Iterable[str], picks: Sequence[FieldPath]
) -> tuple[dict[FieldPath, InferredType], list[list[str | None]]]:
    """Types by field, in the order of first sight, and for each text what `pick` makes of it at these paths.

    A type is the least that holds each value exactly. Null and empty objects show nothing; a text that is no JSON
    object is passed over. A field at one of the paths `repeats` if all its values are strings.
    """
    picked: list[list[str | None]] = []

    def types() -> Iterator[dict[FieldPath, InferredType]]:
        for text in texts:
            leaves = _leaves(text)
            last = {leaf.path: leaf for leaf in leaves}
            picked.append([pick(last[path]) if path in last else None for path in picks])
            for leaf in leaves:
                if leaf.text not in ("null", EMPTY_OBJECT):
                    yield {leaf.path: _inferred(leaf, leaf.path in picks)}

    return join_types(types()), picked


def _leaves(text: str) -> list[Leaf]:
    try:
        return walk(text)
    except NotJsonError:
        return []


def _inferred(leaf: Leaf, is_pick: bool) -> InferredType:
    if leaf.string is not None:
        return InferredType(ColumnType.STRING, repeats=is_pick)
    if leaf.is_container:
        return InferredType(ColumnType.STRING, json=True)
    if leaf.text in ("true", "false"):
        return InferredType(ColumnType.BOOLEAN)
    if to_bigint(leaf.text) is not MISFIT:
        return InferredType(ColumnType.BIGINT)
    # A number that neither type holds exactly is kept as its text.
    return InferredType(ColumnType.STRING if to_double(leaf.text) is MISFIT else ColumnType.DOUBLE)
