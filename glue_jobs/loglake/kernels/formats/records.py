"""Lines of fields in a fixed order, as AWS services and web servers write them: from a list of fields to a parser."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Callable

import pyarrow as pa

from loglake.core.schema.schema import FieldPath, InferredType, TableSchema
from loglake.kernels.arrow import Array, Booleans, Strings, coalesce, matches, nulls, pc, without
from loglake.kernels.formats.base import DECIMAL, TEXT, TIME, WHOLE, FieldTypes, Parse, Parsed, declared, route
from loglake.kernels.formats.delimited import Cell, Order, order_of
from loglake.kernels.formats.embedded import Objects, with_objects
from loglake.kernels.formats.levels import no_level, normal_level
from loglake.kernels.formats.signs import Sign
from loglake.kernels.formats.text import TextFormat
from loglake.kernels.formats.text_fields import cut, fill_columns

NONE = "-"
EXTRA = "extra"
"""What follows the last known field: fields that a newer version of the format appends."""


MOST_ORDERS = 3
"""Orders of one batch that are cut fast."""

_TOKENS = {TEXT: r"\S+", WHOLE: r"-?\d+|-", DECIMAL: r"-?\d+(?:\.\d+)?|-", TIME: r"\d[\dT:.Z-]+|-"}
"""Without counted repetition: RE2 unrolls it, and a short program cuts groups out many times faster than a long one."""


@dataclass(frozen=True)
class Field:
    """One field of a line.

    Attributes:
        name: as the format's page has it; the column's name is made of it.
        seen: its type.
        pattern: RE2, with the value in a group named `group_name`.
        cell: how it is cut from a line that is as most are.
    """

    name: str
    seen: InferredType
    pattern: str
    cell: Cell


def group_name(name: str) -> str:
    """The name of a field's RE2 group, without punctuation: ``cs(User-Agent)`` becomes ``cs_User_Agent_``."""
    return re.sub(r"\W", "_", name)


def bare(name: str, seen: InferredType = TEXT, shape: str = "", usual: str = "") -> Field:
    """A field without quotes: of the given shape, else of any shape that its type allows.

    Args:
        name: the name.
        seen: the type.
        shape: RE2 of the value.
        usual: a narrower shape, if the value may have a space or a quote at its start: see `Cell`.
    """
    group, shape = group_name(name), shape or _TOKENS[seen]
    plain = r'[^\s"]\S*' if shape == _TOKENS[TEXT] else shape
    return Field(name, seen, f"(?P<{group}>{shape})", Cell(group, usual or plain))


def quoted(name: str, seen: InferredType = TEXT, shape: str = r'[^"]*', usual: str = r'[^"]*') -> Field:
    """A field in double quotes, which are not part of its value, or a dash without them."""
    group = group_name(name)
    return Field(name, seen, f'(?:"(?P<{group}>{shape})"|-)', Cell(group, f'"{usual}"|-', is_quoted=True))


def bracketed(name: str, seen: InferredType = TEXT, *, shape: str) -> Field:
    """A field in square brackets, which are not part of its value. Spaces in its shape stand for themselves."""
    group = group_name(name)
    cell = Cell(group, rf"\[{shape}\]", before=1, after=1, words=shape.count(" ") + 1)
    return Field(name, seen, rf"\[(?P<{group}>{shape})\]", cell)


def types_of(fields: Sequence[Field]) -> dict[str, InferredType]:
    """The types by name."""
    return {each.name: each.seen for each in fields}


def is_order(names: Sequence[str], known: Collection[str]) -> bool:
    """Whether names, such as those in an object's header, are an order of a format's fields.

    More than half are known: a newer version of the format may have others. Each becomes a group, so none comes twice.
    """
    own = sum(name in known for name in names)
    return 2 * own > len(names) and len({group_name(name) for name in names}) == len(names)


@dataclass(frozen=True)
class Records:
    """Events of one pattern.

    Attributes:
        pattern: RE2 with a named group per field.
        fields: types by name of the fields that each table of the format has.
        rare: types by name of fields that get a column only if a sample has them.
        message: the group that is the message; without one, or if it is null, the message is the whole event.
        derived: types by name of values that repeat part of a field: each table has them, and none is rescued.
        level: the group that names the level; without one there is no level. If both are named, the message may be a
            JSON object; then the object's fields count too.
        refine: changes the groups, by name, before they become fields; it may add some that few events have.
        orders: lines that most events are, and which are cut fast: their fields are those that the pattern finds.
    """

    pattern: str
    fields: FieldTypes
    rare: FieldTypes = field(default_factory=dict)
    derived: FieldTypes = field(default_factory=dict)
    message: str = ""
    level: str = ""
    refine: Callable[[dict[str, Strings]], None] | None = None
    orders: tuple[Order, ...] = ()

    def matches(self, raw: Strings) -> Booleans:
        """Whether an event has the pattern. It is anchored, so that most others are refused at their first bytes."""
        return matches(raw, self.pattern)

    def infer_types(self, raw: Strings) -> dict[FieldPath, InferredType]:
        """The fields, and the rare ones that these events have."""
        if not self.rare or not len(raw):
            return declared({**self.fields, **self.derived})
        order = self._common_order(raw)
        if order and self.rare.keys() == {EXTRA} and not self._has_objects:  # nothing follows the order's last field
            return declared({**self.fields, **self.derived})
        groups = self._cut_groups(order, raw) if order else self._groups(raw)
        there = {name: _value(groups, name) for name in self.rare if group_name(name) in groups}
        rare = {name: self.rare[name] for name, texts in there.items() if texts.null_count < len(texts)}
        fields = declared({**self.fields, **self.derived, **rare})
        if not self._has_objects:
            return fields
        return with_objects(fields, groups[self.message], normal_level(groups[self.level]))

    @property
    def _has_objects(self) -> bool:
        return bool(self.message and self.level)

    def parser(self, schema: TableSchema, rest: Parse | None = None) -> Parse:
        """A dash or nothing is null; events of another shape are plain text."""
        return records_parser((self,), schema, rest)

    def before(self, schema: TableSchema, rest: Parse) -> Parse:
        """Parses events that have the pattern, and leaves the others to the rest."""
        cutter = self._cutter(schema, self._groups)
        return self._in_orders(schema, lambda raw: route(raw, [(self.matches, cutter)], rest))

    def _in_orders(self, schema: TableSchema, exact: Parse) -> Parse:
        """Cuts the events of some orders fast; `exact` parses the others."""

        def parse(raw: Strings, left: int = MOST_ORDERS) -> Parsed:
            order = order_of(raw, self.orders) if left else None
            if not order:
                return exact(raw)
            cutter = self._cutter(schema, lambda own: self._cut_groups(order, own))
            return route(raw, [(order.matches, cutter)], lambda others: parse(others, left - 1))

        return parse if self.orders else exact

    def _common_order(self, raw: Strings) -> Order | None:
        """The order that all events have; none if they have several."""
        order = order_of(raw, self.orders)
        return order if order and pc.all(order.matches(raw)).as_py() else None

    def _cut_groups(self, order: Order, raw: Strings) -> dict[str, Strings]:
        """The groups of events that are all in an order; the pattern finds them if the events can't be cut so."""
        try:
            groups = order.cut(raw)
        except pa.ArrowInvalid:
            return self._groups(raw)
        return self._refined(groups, len(raw))

    def _refined(self, groups: dict[str, Strings], length: int) -> dict[str, Strings]:
        missing = nulls(length, pa.string())
        groups = {name: groups.get(name, missing) for name in re.findall(r"\?P<(\w+)>", self.pattern)}
        if self.refine:
            self.refine(groups)
        return groups

    def _cutter(self, schema: TableSchema, groups_of: Callable[[Strings], dict[str, Strings]]) -> Parse:
        objects = Objects(schema) if self._has_objects else None
        columns_there = schema.by_path()
        names = (*self.fields, *self.rare, *(name for name in self.derived if (name,) in columns_there))

        def parse(raw: Strings) -> Parsed:
            groups = groups_of(raw)
            there = (name for name in names if group_name(name) in groups)
            texts: dict[FieldPath, Strings] = {(name,): _value(groups, name) for name in there}
            message = coalesce(_value(groups, self.message), raw) if self.message else raw
            level = normal_level(groups[self.level]) if self.level else no_level(len(raw))
            plain = fill_columns(texts, message, level, schema)
            return objects.add(plain, groups[self.message]) if objects else plain

        return parse

    def _groups(self, raw: Strings) -> dict[str, Strings]:
        return self._refined(cut(raw, self.pattern), len(raw))


class RecordsFormat:
    """A format with one pattern for all events, defined by its `records`.

    Attributes:
        records: the events.
        signs: see `Sign`.
    """

    records: Records
    signs: tuple[Sign, ...] = ()

    def matches(self, raw: Strings) -> Booleans:
        """See `Records.matches`."""
        return self.records.matches(raw)

    def infer_types(self, raw: Strings) -> dict[FieldPath, InferredType]:
        """See `Records.infer_types`."""
        return self.records.infer_types(raw)

    def parser(self, schema: TableSchema, rest: Parse | None = None) -> Parse:
        """See `Records.parser`."""
        return self.records.parser(schema, rest)


def _value(groups: Mapping[str, Strings], name: str) -> Array:
    return without(groups[group_name(name)], NONE)


def records_parser(kinds: Sequence[Records], schema: TableSchema, rest: Parse | None = None) -> Parse:
    """Each event by the first pattern that it has; one without any is plain text, or what the rest makes of it."""
    left = rest or TextFormat().parser(schema)
    for kind in reversed(kinds):
        left = kind.before(schema, left)
    return left
