"""The interface of a log format: it recognises events, infers their fields, and parses them into a table's columns.

A format never refuses an event. An event that it does not recognise is plain text, and does not affect its neighbours.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Callable, NamedTuple

import numpy as np
import pyarrow as pa

from loglake.core.schema.schema import ColumnType, FieldPath, InferredType, TableSchema
from loglake.kernels.arrow import Array, Booleans, Int64s, Mask, Strings, no_mask, nulls, spread, to_mask
from loglake.kernels.formats.tables import tables

FieldTypes = Mapping[str, InferredType]
"""Types by the names of fields."""

TEXT, WHOLE, DECIMAL, TIME = (
    InferredType(kind) for kind in (ColumnType.STRING, ColumnType.BIGINT, ColumnType.DOUBLE, ColumnType.TIMESTAMP)
)
TYPES: FieldTypes = {"text": TEXT, "whole": WHOLE, "decimal": DECIMAL, "time": TIME}


def types_in(text: str) -> dict[str, InferredType]:
    """The types by name in a text such as ``user bytes:whole``; one without a word of `TYPES` is text."""
    return {name: TYPES[kind or "text"] for name, _, kind in (word.partition(":") for word in text.split())}


@dataclass(frozen=True)
class Parsed:
    """A batch of events, parsed: arrays as long as the batch, in its order.

    Attributes:
        columns: one per column of the table's schema.
        message: what is left to read beside the fields; the whole text of plain text; null if there is none.
        level: TRACE, DEBUG, INFO, WARN, ERROR, FATAL, or null.
        time: the texts of the events' own times, null if they have none; None if no event has one.
        rescued: JSON objects as text: what has no column or does not fit its own; else null.
        rescued_values: how many values `rescued` holds.
    """

    columns: list[Array]
    message: Strings
    level: Strings
    rescued: Strings
    rescued_values: int = 0
    time: Strings | None = None


Parse = Callable[[Strings], Parsed]

Route = tuple[Callable[[Strings], Booleans], Parse]
"""Which events, and how they are parsed."""


NO_FIELDS: FieldTypes = MappingProxyType({})


@dataclass(frozen=True)
class About:
    """A format's description for the page of formats, in sentences.

    Attributes:
        title: the software or service that writes such events.
        source: the page that describes them.
        detection: how an event of this format is recognised.
        level: the source of the level.
        example: an event.
        note: which other fields there are.
        definition: what a dataset says, of a format that it defines; else empty.
        fields: types by name of the fields that every table of the format has.
        rare: types by name of the fields that get a column only if an event has them.
    """

    title: str
    source: str
    detection: str
    level: str
    example: str
    note: str
    definition: str
    fields: FieldTypes
    rare: FieldTypes


TEXTS = ("title", "source", "detection", "level_from", "example", "note")
"""The keys of a description, in the order of `About`, beside ``definition``."""


_ABOUT = "about.toml"


def about_of(name: str) -> About:
    """The description of a format that has code, from ``about.toml``, without its fields."""
    return described_by(tables(_ABOUT)[name], NO_FIELDS, NO_FIELDS)


def described_by(texts: Mapping[str, str], fields: FieldTypes, rare: FieldTypes) -> About:
    """A description of the texts that definitions have, too."""
    title, source, detection, level, example, note = (texts.get(key, "") for key in TEXTS)
    definition = texts.get("definition", "")
    return About(title, source, detection, level or "None.", example, note, definition, fields, rare)


class Sign(NamedTuple):
    r"""How events of a format start, and what else they have.

    Attributes:
        start: RE2 of one character after the other, such as ``\d{4}-``, or several with bars between them. A class that
            has more than ASCII is the last one. Empty if an event may start with anything.
        literal: a text that each of these events has; empty if there is none. One whose first and last letters are rare
            is found fastest.
    """

    start: str = ""
    literal: str = ""


BRACE = r"[{\s]"
"""The start of JSON objects."""

ISO_DAY = r"\d{4}-\d\d-\d\d"
CLOCK = r"\d\d:\d\d:\d\d"


class Format(ABC):
    """One log format.

    Attributes:
        id: its name in ``datasets.yaml``.
        signs: what its events have; empty if it names none.
        fields: see `About`.
        rare: see `About`.
        texts: its description, if ``about.toml`` has none.
        left_out: why parts of its definition are not used, in sentences.
    """

    id: str
    signs: tuple[Sign, ...] = ()
    fields: FieldTypes = NO_FIELDS
    rare: FieldTypes = NO_FIELDS
    texts: Mapping[str, str] = MappingProxyType({})
    left_out: tuple[str, ...] = ()

    @property
    def about(self) -> About:
        """What the page of formats says."""
        return described_by(self.texts or tables(_ABOUT)[self.id], self.fields, self.rare)

    @abstractmethod
    def matches(self, raw: Strings) -> Booleans:
        """Which events look like this format, decided by each alone."""

    @abstractmethod
    def infer_types(self, raw: Strings) -> dict[FieldPath, InferredType]:
        """The fields of events that match, with their types, in the order of first sight."""

    @abstractmethod
    def parser(self, schema: TableSchema, rest: Parse | None = None) -> Parse:
        """A function that parses any events, also those that don't match, into a table's columns.

        Args:
            schema: the table's columns.
            rest: parses the events that the format does not read; without it they are plain text. A format of JSON
                objects reads other objects too if there is no `rest`; a `rest` gets all events of other kinds.
        """


def any_of(raw: Strings, tests: Iterable[Callable[[Strings], Booleans]], among: Mask | None = None) -> Booleans:
    """Which events one of the tests recognises. Each is asked about those that are left, of those among others."""
    found, left = no_mask(len(raw)), ~no_mask(len(raw)) if among is None else among.copy()
    for test in tests:
        if not left.any():
            break
        found[left] = to_mask(test(raw if left.all() else raw.filter(pa.array(left))))
        left &= ~found
    return pa.array(found)


def route(raw: Strings, routes: Sequence[Route], rest: Parse) -> Parsed:
    """Sends each event to the first parser that recognises it, and puts the results together in order."""
    left, events = np.arange(len(raw)), raw
    parts = []
    for matches, parse in routes:
        mask = to_mask(matches(events))
        if mask.all() and len(left) == len(raw):
            return parse(raw)
        if mask.any():
            parts.append((left[mask], parse(events.filter(pa.array(mask)))))
            left, events = left[~mask], events.filter(pa.array(~mask))
    if len(left) == len(raw):
        return rest(raw)
    if len(left):
        parts.append((left, rest(events)))
    return join_parts(parts)


def join_parts(parts: Sequence[tuple[Int64s, Parsed]]) -> Parsed:
    """Puts parts, each with the ascending positions of its events, into one batch in the order of the positions."""
    positions, batches = zip(*parts)
    places: Int64s = np.concatenate(positions)
    order = np.empty(len(places), np.int64)
    order[places] = np.arange(len(places))
    starts = np.cumsum([0, *map(len, positions)])

    @cache
    def there(number: int) -> Mask:
        """Which places have an event of a part."""
        mask = no_mask(len(order))
        mask[positions[number]] = True
        return mask

    @cache
    def only(number: int) -> Array:
        """For each place its event in a part, null for the events of other parts."""
        indices: Array = pa.array(order - starts[number], mask=~there(number))
        return indices

    def join(arrays: Sequence[Array]) -> Array:
        held = [number for number, each in enumerate(arrays) if each.null_count < len(each)]
        if not held:
            return nulls(len(order), arrays[0].type)
        if len(held) > 1:
            return pa.concat_arrays(arrays).take(order)
        (number,) = held  # as the fields of one format: the other parts need not be copied
        if pa.types.is_string(arrays[number].type):
            return spread(arrays[number], there(number))
        return arrays[number].take(only(number))

    return Parsed(
        columns=[join(arrays) for arrays in zip(*(batch.columns for batch in batches))],
        message=join([batch.message for batch in batches]),
        level=join([batch.level for batch in batches]),
        rescued=join([batch.rescued for batch in batches]),
        rescued_values=sum(batch.rescued_values for batch in batches),
        time=join([nulls(len(batch.level), pa.string()) if batch.time is None else batch.time for batch in batches])
        if any(batch.time is not None for batch in batches)
        else None,
    )


def declared(fields: FieldTypes) -> dict[FieldPath, InferredType]:
    """The fields of a text format, which its description gives, not a sample."""
    return {(name,): seen for name, seen in fields.items()}
