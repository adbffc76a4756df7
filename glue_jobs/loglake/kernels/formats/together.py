"""Several log formats in one table: each event is read by the most particular of them that recognises it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa

from loglake.core.schema.format_choice import CONTAINER, FLOOR, LAMBDA, OBJECTS
from loglake.core.schema.schema import TableSchema
from loglake.kernels.arrow import Strings, passing
from loglake.kernels.crowded import Keys, blocks
from loglake.kernels.formats.base import Format, Parse, Parsed, join_parts, route
from loglake.kernels.formats.coded.container import DEPTH, ContainerFormat, around
from loglake.kernels.formats.colours import plain
from loglake.kernels.formats.json_lines import PREFIXED
from loglake.kernels.formats.learn.format import HeaderFormat
from loglake.kernels.formats.objects.among_text import braced, may_hold_objects
from loglake.kernels.formats.registry import FORMATS
from loglake.kernels.formats.signs import Signs
from loglake.kernels.formats.text_fields import TextFormat

_JSON = "json"
_IN_LAMBDA = frozenset({_JSON, "emf"})
"""What Lambda's format reads itself."""

_ORDER = {name: place for place, name in enumerate(FORMATS)}


EXAMPLES, EXAMPLE_CHARACTERS = 3, 100
"""As many events that fell to plain text are kept, each with so much of it."""


class ReadCounts:
    """Counts while events are parsed. Memory: a number per format, and the examples.

    Attributes:
        counts: events by the id of the format that read them; `FLOOR` counts the events that no other format read.
        examples: the first events that no other format read.
    """

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.examples: list[str] = []

    def counting(self, name: str, parse: Parse, step: int = 1) -> Parse:
        """A parser that counts the events that it gets for a format; with -1, those that the format leaves to it."""

        def parsed(raw: Strings) -> Parsed:
            self.counts[name] += step * len(raw)
            return parse(raw)

        return parsed

    def floor(self, schema: TableSchema) -> Parse:
        """The parser of plain text."""
        parse = TextFormat().parser(schema)

        def parsed(raw: Strings) -> Parsed:
            wanted = EXAMPLES - len(self.examples)
            if wanted:
                self.examples += [str(text)[:EXAMPLE_CHARACTERS] for text in raw.slice(0, wanted).to_pylist()]
            return parse(raw)

        return self.counting(FLOOR, parsed)


def parser_of(formats: Sequence[Format], schema: TableSchema, read: ReadCounts | None = None) -> Parse:
    """A function that parses any events into a table's columns.

    Each event is parsed alone, whatever its neighbours are: an object by the formats of objects, a line by the formats
    of lines, in the order of detection. An event that no format recognises is plain text. A single format reads as
    always, at the same cost. With several formats, each line also pays for the patterns before its own format's.

    Args:
        formats: at least one, in any order.
        schema: the table's columns, made of the fields of all formats.
        read: counts which format reads how many events.
    """
    read = read or ReadCounts()
    own = [each for each in formats if each.id != CONTAINER]
    outside = _chain(own or [FORMATS[FLOOR]], schema, read, read.floor(schema))
    if len(own) == len(formats):
        return outside
    plain = read.counting(CONTAINER, TextFormat().parser(schema))
    return around(schema, outside, _chain(own or [FORMATS[FLOOR]], schema, read, plain))


def parse_in_blocks(parse: Parse, raw: Strings) -> Parsed:
    """What a parser makes of events, a few at a time if they have too many different keys."""
    parts, end = [], 0
    for block in blocks(raw, Keys.BARE):
        start, end = end, end + len(block)
        parts.append((np.arange(start, end), parse(block)))
    return join_parts(parts) if len(parts) > 1 else parts[0][1]


def _chain(formats: Sequence[Format], schema: TableSchema, read: ReadCounts, floor: Parse) -> Parse:
    """The formats one after the other, then the floor."""
    needed = _needed(formats)
    if len(needed) == 1:
        return _alone(needed[0], schema, read, floor)
    objects, lines = _objects_parser(needed, schema, read, floor), floor
    for each in reversed(needed):
        if each.id == _JSON:
            lines = read.counting(_JSON, PREFIXED.parser(schema, read.counting(_JSON, lines, -1)))
        elif each.id not in OBJECTS:
            lines = _before(each, schema, read, lines)
    return (lambda raw: route(raw, [(braced, objects)], lines)) if objects else lines


def objects_too(formats: Sequence[Format], schema: TableSchema, read: ReadCounts | None = None) -> Parse:
    """As `parser_of`, but JSON objects are read also if none of the formats reads any, such as plain text alone.

    The reason: a sample may miss a kind of event. An object's fields that it missed are then rescued instead of left in
    the text. Only lines that end with a brace, or have one before a quote, cost more, and they are few. The colours of
    terminals are left out first.
    """
    lines = parser_of(formats, schema, read)
    if {each.id for each in formats} & {LAMBDA, *OBJECTS}:
        return lambda raw: lines(plain(raw))
    objects = parser_of([FORMATS[_JSON], *formats], schema, read)
    return lambda raw: route(plain(raw), [(may_hold_objects, objects)], lines)


def _alone(each: Format, schema: TableSchema, read: ReadCounts, floor: Parse) -> Parse:
    if each.id == FLOOR:
        return floor
    other_objects = each.id in OBJECTS and each.id != _JSON  # it reads these too
    return _before(each, schema, read, _before(FORMATS[_JSON], schema, read, floor) if other_objects else floor)


def _before(each: Format, schema: TableSchema, read: ReadCounts, rest: Parse) -> Parse:
    """A format's parser, and what reads the events that are not its own."""
    return read.counting(each.id, each.parser(schema, read.counting(each.id, rest, -1)))


def _needed(formats: Sequence[Format]) -> list[Format]:
    """The formats in their order, without those that another one covers, but with plain JSON for other objects.

    So a format that reads one kind of JSON objects reads all of them.
    """
    by_id = {each.id: each for each in formats}
    if LAMBDA in by_id:
        by_id = {name: each for name, each in by_id.items() if name not in _IN_LAMBDA}
    elif len(by_id) > 1 and OBJECTS & by_id.keys():
        by_id[_JSON] = FORMATS[_JSON]
    return sorted(by_id.values(), key=lambda each: _ORDER.get(each.id, -1))


def _objects_parser(formats: Sequence[Format], schema: TableSchema, read: ReadCounts, floor: Parse) -> Parse | None:
    """Parses JSON objects; None if no format is one that reads them."""
    base = next((each for each in formats if each.id in (LAMBDA, _JSON)), None)
    parse = _before(base, schema, read, floor) if base else None
    for each in reversed(formats):
        if parse and each.id in OBJECTS and each is not base:
            parse = _before(each, schema, read, parse)
    return parse


def by_format(texts: Strings, formats: Sequence[Format]) -> Iterator[tuple[Format, Strings]]:
    """The events of each format that has any; each event is of the most specific format that recognises it."""
    signs = Signs(texts)
    for known in formats:
        where = signs.may_be(known)
        if not where.any():
            continue
        each, mask = (
            known.claimed(texts) if isinstance(known, HeaderFormat) else (known, passing(where, texts, known.matches))
        )
        if isinstance(each, ContainerFormat):
            for _ in range(DEPTH):
                own, texts = texts.filter(pa.array(mask)), texts.filter(pa.array(~mask))
                if not len(own):
                    break
                yield each, own
                texts = pa.concat_arrays([texts, each.inside(own)])
                signs = Signs(texts)
                mask = passing(signs.may_be(each), texts, each.matches)
            continue
        if not mask.any():
            continue
        if mask.all():  # the formats that are left would compile their patterns for nothing
            yield each, texts
            return
        yield each, texts.filter(pa.array(mask))
        texts = texts.filter(pa.array(~mask))
        signs.leave(texts)
