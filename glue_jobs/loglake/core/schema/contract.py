"""A dataset's schema contract: what becomes of new fields, and of values that don't fit their column.

The modes are named as those of dlt (https://dlthub.com/docs/general-usage/schema-contracts). Other than there, nothing
is lost: a value of a frozen column is kept in ``_rescued``, and an event that is not a row is in quarantine.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import cached_property
from typing import Any

from loglake.core.near_names import meant
from loglake.core.schema.dataset_checks import member_of
from loglake.core.schema.schema import FieldPath, InferredType, TableSchema, column_name
from loglake.errors import ConfigError

SHOWN_FIELDS = 20
"""Fields of a window with an example of a violation; the count has all violations."""

VALUE_CHARACTERS = 200
"""Characters of an example's value."""


class Mode(str, Enum):
    """What becomes of a new field, or of a value that doesn't fit its column."""

    EVOLVE = "evolve"
    """The field becomes a column, and the value is rescued. Neither is a violation."""

    FREEZE = "freeze"
    """The field becomes no column. Its values, and values that don't fit, are rescued: each is a violation."""

    DISCARD_ROW = "discard_row"
    """As `FREEZE`, and the event is not a row, but in quarantine."""


@dataclass(frozen=True)
class Contract:
    """A contract.

    Attributes:
        default: the mode of each field that `columns` does not name.
        columns: modes by field, as ``user.id`` or as its column, ``user_id``; an object's mode is that of its members.
    """

    default: Mode = Mode.EVOLVE
    columns: Mapping[str, Mode] = field(default_factory=dict)

    @property
    def allows_all(self) -> bool:
        """Whether nothing can be a violation."""
        return {self.default, *self.columns.values()} == {Mode.EVOLVE}

    @cached_property
    def _named(self) -> dict[str, Mode]:
        return {column_name(_path(name)): mode for name, mode in self.columns.items()}

    def mode(self, name: str, column: str = "") -> Mode:
        """The mode of a field: that of its column's name, else of the longest part of its path that has one.

        Args:
            name: its path with dots, as in ``_rescued``. A dot in a key counts as one between keys.
            column: the name of its column, if it has one.
        """
        if column in self._named:
            return self._named[column]
        path = _path(name)
        parts = (column_name(path[:length]) for length in range(len(path), 0, -1))
        return next((self._named[part] for part in parts if part in self._named), self.default)

    def unmatched(self, schema: TableSchema, fields: Iterable[str] = ()) -> tuple[str, ...]:
        """The names in `columns` that neither a column has nor a field without one, in their order.

        Args:
            schema: the table's columns.
            fields: fields without a column, by their paths with dots.
        """
        paths = {*schema.by_path(), *map(_path, fields)}
        there = {column_name(path[:length]) for path in paths for length in range(1, len(path) + 1)}
        there |= {column.name for column in schema.columns}
        return tuple(name for name in self.columns if column_name(_path(name)) not in there)

    def new_columns(
        self, schema: TableSchema, inferred: Mapping[FieldPath, InferredType], declared: Collection[FieldPath]
    ) -> dict[FieldPath, InferredType]:
        """The fields that may be columns, in their order.

        A table without columns takes all: its first ones are what a contract then keeps. Fields whose type a person
        declared may always be columns.
        """
        return {
            path: seen
            for path, seen in inferred.items()
            if not schema.columns or path in declared or self.mode(".".join(path)) is Mode.EVOLVE
        }

    def to_json(self) -> Any:
        """As a datasets file has it: a mode, or a mapping."""
        if not self.columns:
            return self.default.value
        return {"default": self.default.value, "columns": {name: mode.value for name, mode in self.columns.items()}}

    @staticmethod
    def from_json(data: Any) -> Contract:
        """The inverse of `to_json`.

        Raises:
            ConfigError: names the setting and the values that it takes.
        """
        if not isinstance(data, Mapping):
            return Contract(member_of(Mode, "schema", data))
        unknown = sorted(str(name) for name in data if name not in ("default", "columns"))
        if unknown:
            raise ConfigError(f"schema: unknown field {unknown[0]!r}: it takes default and columns, or one mode")
        columns = data.get("columns") or {}
        if not isinstance(columns, Mapping):
            raise ConfigError("schema: columns is a mapping from field to mode, such as {status: discard_row}")
        modes = {str(name): member_of(Mode, f"schema: columns: {name}", mode) for name, mode in columns.items()}
        return Contract(member_of(Mode, "schema: default", data.get("default", Mode.EVOLVE.value)), modes)


@dataclass(frozen=True)
class Violation:
    """The violations of one field in a window, with the first one as an example.

    Attributes:
        field: its path with dots, as in ``_rescued``.
        events: how many events have one.
        mode: what became of them.
        type: of the field's column; empty if it has none.
        source: the raw object's key of the first one, and `line` in it.
        value: its JSON text, or the start of it; empty if a transformation of the dataset may hide it.
    """

    field: str
    events: int
    mode: Mode
    type: str
    source: str
    line: int
    value: str

    def __str__(self) -> str:
        """A part of a sentence."""
        what = f"{self.field} is not a {self.type}" if self.type else f"{self.field} is a new field"
        events = "1 event" if self.events == 1 else f"{self.events:,} events"
        return (
            f"{what} in {events}, such as {self.value + ' in ' if self.value else ''}{self.source}, line {self.line:,}"
        )

    def to_json(self) -> dict[str, Any]:
        """A JSON-ready dict."""
        return {**vars(self), "mode": self.mode.value}

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> Violation:
        """The inverse of `to_json`."""
        return Violation(**{**data, "mode": Mode(data["mode"])})


def unmatched_note(name: str, table: str, columns: Collection[str]) -> str:
    """A sentence about a name of a schema setting that `Contract.unmatched` found."""
    hint = meant(name, columns) or "that part of the setting does nothing yet"
    return f"the schema setting of the dataset names {name}, but {table} has no such column: {hint}"


def join_violations(parts: Iterable[Iterable[Violation]]) -> tuple[Violation, ...]:
    """The violations of many parts: the events of a field are added, its first example stays.

    The first `SHOWN_FIELDS` fields are kept.
    """
    found: dict[str, Violation] = {}
    for each in (violation for part in parts for violation in part):
        if each.field in found:
            found[each.field] = replace(found[each.field], events=found[each.field].events + each.events)
        elif len(found) < SHOWN_FIELDS:
            found[each.field] = each
    return tuple(found.values())


def _path(name: str) -> FieldPath:
    return tuple(name.split("."))
