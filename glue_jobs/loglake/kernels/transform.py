"""A dataset's own transformation: a user's function that changes every batch of rows before it is written.

Rows in: one `pyarrow.RecordBatch` of the table's `loglake.kernels.parquet.writer.file_schema`. Rows out: a RecordBatch
or Table of the same columns. The function may drop rows, and change every column except `IDENTITY`, which names a row's
origin. If it fills a new column, the dataset's `types` must name the column: then the batch has it already, with nulls,
and its type never changes. The order of the rows does not matter. Peak memory: the batch, and the function's result.

The result for a row must depend on that row alone: raw objects are cut into batches in any way, and are converted
again. `Transformation` checks that on the first rows of each bundle.
"""

from __future__ import annotations

import importlib
import sys
import traceback
from collections.abc import Sequence
from typing import Any, Callable, NamedTuple, Union

import numpy as np
import pyarrow as pa

from loglake.core.schema.schema import LOG_ACCOUNT
from loglake.errors import TransformError
from loglake.kernels.arrow import Array, Int64s, pc

IDENTITY = ("event_time", LOG_ACCOUNT, "log_group", "log_stream", "_source", "_line", "_event_id")
"""Where a row is from, and so what makes it the row of just one event; an old table has no account."""

CHECKED_ROWS = 1000
"""Rows of a bundle that go through the function a second time, in other batches."""

_SHOWN_CHARACTERS = 4000
_NO_VALUE, _BETWEEN = "\x00", "\x1f"

Function = Callable[[pa.RecordBatch], Any]

Transform = Union[str, Function]
"""A person's function, or its name, ``package.module:function``; empty for none."""

_OTHER = (
    "gives something else for the same rows in other batches, or a second time: {0}. It may use nothing but the row "
    "itself, so no clock, no random number, and nothing that it remembers"
)
_KINDS: tuple[tuple[Callable[[Any], bool], Callable[[Any], bool]], ...] = (
    (pa.types.is_boolean, pa.types.is_boolean),
    (pa.types.is_int64, pa.types.is_integer),
    (pa.types.is_float64, lambda kind: bool(pa.types.is_floating(kind) or pa.types.is_integer(kind))),
    (pa.types.is_string, lambda kind: bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))),
    (pa.types.is_timestamp, pa.types.is_timestamp),
)
"""Which types a column's type takes, by what it is; so that what fits one batch fits all."""

_COLUMN_TYPES = (
    (pa.types.is_boolean, "boolean"),
    (pa.types.is_integer, "bigint"),
    (pa.types.is_floating, "double"),
    (pa.types.is_timestamp, "timestamp"),
)


class Transformed(NamedTuple):
    """The result for a batch: the rows that are left, in their order, and their positions in the batch."""

    rows: pa.Table
    kept: Int64s


class Transformation:
    """One function, called and checked.

    Args:
        name: ``package.module:function``.
        path: the folder of its package; empty if it is on the path already.
        function: the function itself, if it is at hand.

    Raises:
        TransformError: it can't be imported.
    """

    def __init__(self, name: str, path: str = "", function: Function | None = None) -> None:
        self._name = name
        self._function = function or self._import(path)
        self._checked = False

    @classmethod
    def of(cls, given: Transform, path: str = "") -> Transformation | None:
        """A person's function, or the one of a name; None without one. Arguments and errors are those of the class."""
        if not given:
            return None
        if isinstance(given, str):
            return cls(given, path)
        return cls(f"{given.__module__}:{given.__qualname__}", function=given)

    def __call__(self, rows: pa.RecordBatch) -> Transformed:
        """Transforms rows with the function.

        Raises:
            TransformError: it raises an error, or breaks a rule; with its traceback.
        """
        if not self._checked:
            self._check_batching(rows.slice(0, CHECKED_ROWS))
            self._checked = True
        return self._transformed(rows)

    def _import(self, path: str) -> Function:
        module, function = self._name.split(":")
        if path and path not in sys.path:
            sys.path.insert(0, path)
        try:
            found = getattr(importlib.import_module(module), function)
        except (Exception, SystemExit) as error:  # whatever a person's module does
            raise self._error(f"can't be imported ({_said(error)})", _traceback(error)) from error
        if not callable(found):
            raise self._error("is not a function")
        return found  # type: ignore[no-any-return]

    def _transformed(self, rows: pa.RecordBatch) -> Transformed:
        try:
            made = self._function(rows)
        except (Exception, SystemExit) as error:  # whatever a person's function does
            raise self._error(f"failed ({_said(error)})", _traceback(error)) from error
        if isinstance(made, pa.RecordBatch):
            made = pa.Table.from_batches([made])
        if not isinstance(made, pa.Table):
            raise self._error(f"returns {type(made).__name__}, and not a pyarrow.RecordBatch or Table")
        return self._matched(rows, self._typed(made, rows.schema))

    def _typed(self, made: pa.Table, schema: pa.Schema) -> pa.Table:
        """With the columns of the table, in their order and of their types."""
        names = made.schema.names
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise self._error(f"returns the column {twice} twice: it is in the batch already, so take set_column")
        lost = next((name for name in schema.names if name not in names), None)
        if lost is not None:
            raise self._error(f"does not return the column {lost}: to empty it, set it to null")
        added = next((name for name in names if name not in schema.names), None)
        if added is not None:
            arrow_type = made.schema.field(added).type
            kind = next((name for is_kind, name in _COLUMN_TYPES if is_kind(arrow_type)), "string")
            raise self._error(
                f"adds the column {added}, which the table does not have: add `types: {{{added}: {kind}}}` to its "
                "dataset in datasets.yaml"
            )
        columns: list[Any] = [self._column(name, made.column(name), schema.field(name).type) for name in schema.names]
        return pa.table(columns, schema=schema)

    def _column(self, name: str, column: Any, kind: pa.DataType) -> Any:
        if pa.types.is_dictionary(column.type):
            column = column.cast(column.type.value_type)
        fits = next((fits for is_kind, fits in _KINDS if is_kind(kind)), None)
        if column.type != kind and not pa.types.is_null(column.type) and not (fits and fits(column.type)):
            raise self._error(f"returns the column {name} as {column.type}, and the table has it as {kind}")
        try:
            return column.cast(kind)
        except pa.ArrowException as error:
            raise self._error(f"returns the column {name} with a value that {kind} does not hold ({error})") from error

    def _matched(self, rows: pa.RecordBatch, made: pa.Table) -> Transformed:
        """Finds which rows are left, and puts them into their order."""
        names = [name for name in IDENTITY if name in rows.schema.names]
        before, after = rows.select(names).columns, [column.combine_chunks() for column in made.select(names).columns]
        if made.num_rows == rows.num_rows and all(map(pa.Array.equals, before, after)):
            return Transformed(made, np.arange(rows.num_rows))
        known = _keys(before).dictionary_encode()
        numbers = pc.index_in(_keys(after), known.dictionary)
        if numbers.null_count:
            raise self._error(f"changes where a row is from: {', '.join(names)} have to stay as they are")
        places = _places(known.indices.to_numpy(), numbers.to_numpy(zero_copy_only=False))
        if places is None:
            raise self._error("returns a row more often than it got it")
        order = np.argsort(places)
        return Transformed(made.take(order), places[order])

    def _check_batching(self, rows: pa.RecordBatch) -> None:
        """Checks that rows give the same result together and in smaller batches."""
        whole = self._transformed(rows)
        cuts = sorted({0, min(1, len(rows)), len(rows) // 2, len(rows)})
        parts = [(start, self._transformed(rows.slice(start, end - start))) for start, end in zip(cuts, cuts[1:])]
        kept = np.concatenate([part.kept + start for start, part in parts])
        if not np.array_equal(whole.kept, kept):
            raise self._error(_OTHER.format("it leaves out other rows"))
        cut = pa.concat_tables([part.rows for _, part in parts])
        for name in whole.rows.schema.names:
            if not _bits(whole.rows.column(name)).equals(_bits(cut.column(name))):
                raise self._error(_OTHER.format(f"the column {name} differs"))

    def _error(self, problem: str, trace: str = "") -> TransformError:
        return TransformError(self._name, problem, trace)


def _keys(columns: Sequence[Array]) -> Array:
    """One text for each row."""
    texts = [column.cast(pa.int64()) if pa.types.is_timestamp(column.type) else column for column in columns]
    parts = [text if pa.types.is_string(text.type) else text.cast(pa.string()) for text in texts]
    return pc.binary_join_element_wise(*parts, _BETWEEN, null_handling="replace", null_replacement=_NO_VALUE)


def _places(known: Int64s, made: Int64s) -> Int64s | None:
    """The position of each returned row among the known ones; equal numbers in their order. None: too many."""
    most = int(known.max()) + 1
    counts, used = np.bincount(known, minlength=most), np.bincount(made, minlength=most)
    if (used > counts).any():
        return None
    by_number, order = np.argsort(known, kind="stable"), np.argsort(made, kind="stable")
    ranks = np.empty(len(made), np.int64)
    ranks[order] = np.arange(len(made)) - (np.cumsum(used) - used)[made[order]]
    places: Int64s = by_number[(np.cumsum(counts) - counts)[made] + ranks]
    return places


def _bits(column: Any) -> Array:
    """Values as bits, which compare as they are written: otherwise no two NaN are equal."""
    array = column.combine_chunks()
    whole: Array = array.view(pa.int64()) if pa.types.is_floating(array.type) else array
    return whole


def _said(error: BaseException) -> str:
    first = (str(error).strip() or type(error).__name__).splitlines()[0]
    return f"{type(error).__name__}: {first}"[:500]


def _traceback(error: BaseException) -> str:
    """The traceback below this module, cut at its start if it is long."""
    trace = error.__traceback__.tb_next if error.__traceback__ else None
    text = "".join(traceback.format_exception(type(error), error, trace)).rstrip()
    return text if len(text) <= _SHOWN_CHARACTERS else f"...{text[-_SHOWN_CHARACTERS:]}"
