"""A shape: text with typed holes, which RE2 finds. What every format of text becomes, whoever writes its definition.

A shape's named groups are fields, but for two: ``level`` is normalised, and ``message`` is for a person to read. Steps
may add groups and change them before they become columns. A format has several shapes if its writers have several
layouts; the first shape that matches cuts the event.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Callable

import pyarrow as pa

from loglake.core.schema.schema import ColumnType, FieldPath, InferredType, TableSchema, join_types
from loglake.kernels.arrow import Booleans, Strings, matches, nulls, pc, to_mask, without
from loglake.kernels.formats.base import FieldTypes, Format, Parse, Parsed, Route, Sign, any_of, declared, route
from loglake.kernels.formats.delimited import Order, order_of
from loglake.kernels.formats.levels import no_level, normal_level
from loglake.kernels.formats.objects.among_text import may_hold_objects
from loglake.kernels.formats.objects.embedded import Objects, with_objects
from loglake.kernels.formats.objects.trace_headers import pair_type
from loglake.kernels.formats.pairs.columns import MARK, Pairs, pairs_among, with_pairs
from loglake.kernels.formats.text_fields import REST, TextFormat, cut, fill_columns, routes_parser
from loglake.kernels.formats.times.paths import LOG_TIME, first_time

MESSAGE, LEVEL = "message", "level"
EXTRA = "extra"
"""What follows the last known field: fields that a newer version of the format appends."""

MOST_CHARACTERS = 8000
"""Of the patterns of several shapes that RE2 searches for together: it takes no program of any size."""

MOST_ORDERS = 3
"""Orders of one batch that are cut fast."""

Groups = dict[str, Strings]
Step = Callable[[Groups], None]
"""Changes the groups of a shape, by name."""


def group_name(name: str) -> str:
    """The name of a field's RE2 group, without punctuation: ``cs(User-Agent)`` becomes ``cs_User_Agent_``."""
    return re.sub(r"\W", "_", name)


@dataclass(frozen=True)
class Shape:
    """How events look.

    Attributes:
        pattern: RE2 with a named group per field, anchored at the start: most others are refused at their first bytes.
        fields: types by name of the fields that a table with such events has.
        rare: types by name of fields that get a column only if a sample has them.
        derived: types by name of values that repeat part of the text: each table has them, and none is rescued.
        steps: what changes the groups before they become fields.
        orders: lines that most events are, and which are cut fast: their fields are those that the pattern finds.
        blank: the text that stands for no value; empty if none does.
        has_objects: whether the message may be a JSON object; then the object's fields count too.
        paths: of fields that are parts of others, by name; the path of all else is its name.
        taken: names of fields which are not the columns of pairs in messages: see `MARK`.
        times: by name of a field whose times are not written as every text format reads them, what rewrites them.
        is_carrier: something else wrote the message: its own time comes before that of the header.
    """

    pattern: str
    fields: FieldTypes = field(default_factory=dict)
    rare: FieldTypes = field(default_factory=dict)
    derived: FieldTypes = field(default_factory=dict)
    steps: tuple[Step, ...] = ()
    orders: tuple[Order, ...] = ()
    blank: str = ""
    has_objects: bool = True
    paths: Mapping[str, FieldPath] = field(default_factory=dict)
    taken: Collection[str] = ()
    times: Mapping[str, Callable[[Strings], Strings]] = field(default_factory=dict)
    is_carrier: bool = False

    @cached_property
    def start(self) -> str:
        """The pattern without `REST` at its end, which matches anything, so a search can skip it."""
        return self.pattern.removesuffix(REST)

    @cached_property
    def _names(self) -> Mapping[str, str]:
        """The names of the fields by their groups', in the order of the fields."""
        names = (*self.fields, *self.rare, *self.derived)
        return {**{group_name(name): name for name in names}, **{name: name for name in names}}

    def declared(self, fields: FieldTypes) -> dict[FieldPath, InferredType]:
        """The types of fields by their paths."""
        return {self.paths.get(name, (name,)): seen for name, seen in fields.items()}

    def matches(self, raw: Strings) -> Booleans:
        """Which events have the shape."""
        return matches(raw, self.start)

    def groups(self, raw: Strings) -> Groups:
        """The groups of events that have the shape, changed by the steps."""
        return self._changed(cut(raw, self.pattern))

    def _changed(self, groups: Groups) -> Groups:
        for step in self.steps:
            step(groups)
        return groups

    def infer_types(self, raw: Strings) -> dict[FieldPath, InferredType]:
        """The fields of events that have the shape, the rare ones that are there, and those of JSON messages.

        If the message may be an object, without the derived ones, which come behind the objects' of all shapes.
        """
        if not self.has_objects:
            return self.declared({**self.fields, **self.derived, **self._rare_there(raw)})
        if self.rare:
            groups = self.groups(raw)
            return self._with_objects({**self.fields, **self._there(groups)}, groups)
        some = raw.filter(may_hold_objects(raw))
        return self._with_objects(self.fields, self.groups(some) if len(some) else {})

    def _with_objects(self, fields: FieldTypes, groups: Groups) -> dict[FieldPath, InferredType]:
        if MESSAGE not in groups:
            return self.declared(fields)
        return with_objects(
            self.declared(fields), groups[MESSAGE], _level(groups, len(groups[MESSAGE])), is_logged=self.is_carrier
        )

    def _rare_there(self, raw: Strings) -> FieldTypes:
        if not self.rare or not len(raw):
            return {}
        order = order_of(raw, self.orders)
        order = order if order and pc.all(order.matches(raw)).as_py() else None
        if order and self.rare.keys() == {EXTRA}:  # nothing follows the order's last field
            return {}
        return self._there(self._cut_groups(order, raw) if order else self.groups(raw))

    def _there(self, groups: Groups) -> FieldTypes:
        values = {name: self._value(groups[group_name(name)]) for name in self.rare if group_name(name) in groups}
        known = {*self._names, MESSAGE, LEVEL}
        found = {name: self.rare[name] for name, texts in values.items() if texts.null_count < len(texts)}
        others = {name: texts for name, texts in groups.items() if name not in known and texts.null_count < len(texts)}
        return {**found, **{name: pair_type(name, texts) for name, texts in others.items()}}

    def _value(self, texts: Strings) -> Strings:
        return without(texts, self.blank) if self.blank else texts

    def route(self, schema: TableSchema) -> Route:
        """Which events have the shape, and a parser for them."""
        parse = self.columns(schema)
        return self.matches, lambda raw: parse(raw, self.groups(raw))

    def before(self, schema: TableSchema, rest: Parse) -> Parse:
        """Parses events that have the shape, those of some orders fast, and leaves the others to the rest."""
        columns, exact = self.columns(schema), self.route(schema)

        def parse(raw: Strings, left: int = MOST_ORDERS) -> Parsed:
            order = order_of(raw, self.orders) if left else None
            if not order:
                return route(raw, [exact], rest)
            fast = (order.matches, lambda own: columns(own, self._cut_groups(order, own)))
            return route(raw, [fast], lambda others: parse(others, left - 1))

        return parse

    def _cut_groups(self, order: Order, raw: Strings) -> Groups:
        """The groups of events that are all in an order; the pattern finds them if the events can't be cut so."""
        try:
            groups = order.cut(raw)
        except pa.ArrowInvalid:
            return self.groups(raw)
        missing = nulls(len(raw), pa.string())
        return self._changed({name: groups.get(name, missing) for name in re.findall(r"\?P<(\w+)>", self.pattern)})

    def columns(self, schema: TableSchema) -> Callable[[Strings, Groups], Parsed]:
        """A function from events and their groups to columns."""
        objects = Objects(schema, is_carried=self.is_carrier) if self.has_objects else None
        known = schema.by_path()
        spare = {name for name in self.derived.keys() - self.fields.keys() if (name,) not in known}
        apart = {MESSAGE, LEVEL, LOG_TIME, *spare}
        stamps = {column.path for column in schema.columns if column.type is ColumnType.TIMESTAMP}
        times = {name: each for name, each in self.times.items() if self.paths.get(name, (name,)) in stamps}

        def parse(raw: Strings, groups: Groups) -> Parsed:
            order = (group for group in self._names if group in groups) if self.rare else ()
            named = ((self._names.get(group, group), groups[group]) for group in dict.fromkeys((*order, *groups)))
            fields: dict[FieldPath, Strings] = {}
            for name, texts in named:
                if name not in apart and not name.startswith(MARK):
                    fields[self.paths.get(name, (name,))] = self._value(texts)
            time = groups[LOG_TIME] if LOG_TIME in groups else first_time(fields.get)
            for name, rewrite in times.items():
                path = self.paths.get(name, (name,))
                fields |= {path: rewrite(fields[path])} if path in fields else {}
            level = _level(groups, len(raw))
            if MESSAGE not in groups:
                return fill_columns(fields, nulls(len(raw), pa.string()), level, schema, time)
            message = self._value(groups[MESSAGE])
            if not objects:
                return fill_columns(fields, message, level, schema, time)
            message = without(pc.utf8_rtrim(message, "\r\n"), "")
            if pairs := pairs_among(groups):
                fields = with_pairs(fields, Pairs(pairs, message, level), known, self.taken)
            return objects.add(fill_columns(fields, message, level, schema, time), message)

        return parse


def _level(groups: Groups, length: int) -> Strings:
    return normal_level(groups[LEVEL]) if LEVEL in groups else no_level(length)


@dataclass(frozen=True)
class Shapes:
    """Events of several shapes; each is read by the first shape that it has.

    Attributes:
        shapes: the most particular first.
        columns: names of fields in the order of a table's columns; `OTHERS` is the place of those that it lacks.
            Empty for the order in which the events have them.
        always: whether a table has the first shape's fields even if its sample has none of the events.
        start: RE2 that all of several shapes start with and hardly any other event; empty if there is none.
    """

    shapes: tuple[Shape, ...]
    columns: tuple[str, ...] = ()
    always: bool = False
    start: str = ""

    def matches(self, raw: Strings) -> Booleans:
        """Whether an event has one of the shapes."""
        if len(self.shapes) > 1 and (self.always or sum(len(shape.start) for shape in self.shapes) > MOST_CHARACTERS):
            among = to_mask(matches(raw, self.start)) if self.start else None
            return any_of(raw, [shape.matches for shape in self.shapes], among)
        return matches(raw, _any_start(tuple(shape.start for shape in self.shapes)))

    def among(self, raw: Strings) -> Iterator[tuple[Shape, Strings]]:
        """The events by their shape, if some have it."""
        for shape in self.shapes:
            mask = to_mask(shape.matches(raw))
            if mask.any():
                yield shape, raw.filter(pa.array(mask))
                raw = raw.filter(pa.array(~mask))

    def infer_types(self, raw: Strings) -> dict[FieldPath, InferredType]:
        """The fields of the shapes that are there, in the order of the columns; then those of JSON messages."""
        if self.always and len(self.shapes) == 1:
            return self._ordered([self.shapes[0].infer_types(raw)])
        seen = [shape.infer_types(own) for shape, own in self.among(raw)]
        return self._ordered([*seen] if seen or not self.always else [self.shapes[0].infer_types(raw[:0])])

    def _ordered(self, seen: Sequence[Mapping[FieldPath, InferredType]]) -> dict[FieldPath, InferredType]:
        types = join_types(seen)
        if not self.columns:
            return types
        paths = {name: path for shape in self.shapes for name, path in shape.paths.items()}
        order = (paths.get(name, (name,)) for name in self.names)
        first = {path: types[path] for path in order if path in types}
        derived = (
            declared({name: kind for shape in self.shapes for name, kind in shape.derived.items()}) if seen else {}
        )
        return {**first, **types, **derived, **types}  # what is there keeps its type

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of the fields that are not derived, in the order of the columns."""
        all_names = dict.fromkeys(name for shape in self.shapes for name in (*shape.fields, *shape.rare))
        others = [name for name in all_names if name not in self.columns]
        return tuple(
            name
            for each in self.columns or (OTHERS,)
            for name in (others if each == OTHERS else [each])
            if name in all_names
        )

    def routes(self, schema: TableSchema) -> list[Route]:
        """For each shape: which events have it, and a parser for them."""
        return [shape.route(schema) for shape in self.shapes]

    def parser(self, schema: TableSchema, rest: Parse | None = None) -> Parse:
        """`rest` parses events of no shape; without it they are plain text."""
        if not any(shape.orders for shape in self.shapes):
            return routes_parser(schema, self.routes(schema), rest)
        left = rest or TextFormat().parser(schema)
        for shape in reversed(self.shapes):
            left = shape.before(schema, left)
        return left


OTHERS = "*"


def adjusted(adjust: Callable[[Groups], Groups]) -> Step:
    """A step that puts the groups that a function makes in the place of those that it gets."""

    def step(groups: Groups) -> None:
        made = adjust(dict(groups))
        groups.clear()
        groups.update(made)

    return step


def shapes_of(
    patterns: Sequence[str], types: FieldTypes, steps: tuple[Step, ...] = (), *, is_carrier: bool = False
) -> Shapes:
    """Shapes with these patterns; their groups have these types."""

    def fields(pattern: str) -> FieldTypes:
        return {name: types[name] for name in re.findall(r"\?P<(\w+)>", pattern) if name in types}

    made = (Shape(each, fields(each), steps=steps, taken=tuple(types), is_carrier=is_carrier) for each in patterns)
    return Shapes(tuple(made), tuple(types))


@lru_cache(maxsize=64)
def _any_start(starts: tuple[str, ...]) -> str:
    """One pattern for all shapes, so RE2 reads each event once. Its groups lose their names: a name can't repeat."""
    return "|".join(f"(?:{re.sub(r'[?]P<[0-9A-Za-z_]+>', '?:', start)})" for start in starts)


@dataclass(eq=False)
class ShapedFormat(Format):
    """A format whose events have shapes.

    Attributes:
        shapes: how its events look.
        id, signs, fields, rare: see `Format`.
    """

    id: str
    shapes: Shapes
    signs: tuple[Sign, ...] = ()
    fields: FieldTypes = field(default_factory=dict)
    rare: FieldTypes = field(default_factory=dict)

    def matches(self, raw: Strings) -> Booleans:
        """See `Shapes.matches`."""
        return self.shapes.matches(raw)

    def infer_types(self, raw: Strings) -> dict[FieldPath, InferredType]:
        """See `Shapes.infer_types`."""
        return self.shapes.infer_types(raw)

    def parser(self, schema: TableSchema, rest: Parse | None = None) -> Parse:
        """See `Shapes.parser`."""
        return self.shapes.parser(schema, rest)
