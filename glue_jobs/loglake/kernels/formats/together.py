"""Several log formats in one table: each event is read by the most particular of them that recognises it."""

from __future__ import annotations

from collections.abc import Sequence

from loglake.core.schema.format_choice import LAMBDA, OBJECTS
from loglake.core.schema.schema import TableSchema
from loglake.kernels.formats.base import Format, Parse, route
from loglake.kernels.formats.json_lines import braced, closed, prefixed_parser
from loglake.kernels.formats.registry import FORMATS
from loglake.kernels.formats.text import TextFormat

_JSON = "json"
_IN_LAMBDA = frozenset({_JSON, "emf"})
"""What Lambda's format reads itself."""

_ORDER = {name: place for place, name in enumerate(FORMATS)}


def parser_of(formats: Sequence[Format], schema: TableSchema) -> Parse:
    """A function that parses any events into a table's columns.

    Each event is looked at by itself, whatever is around it: objects by the formats of objects, lines by those of
    lines, in the order in which a sample is asked. What none recognises is plain text. One format alone reads as it
    always does, at the same cost; several cost each line the patterns of those before its own.

    Args:
        formats: one at least, in any order.
        schema: the table's columns, made of the fields of all of them.
    """
    needed = _needed(formats)
    if len(needed) == 1:
        return needed[0].parser(schema)
    objects, lines = _objects_parser(needed, schema), TextFormat().parser(schema)
    for each in reversed(needed):
        if each.id == _JSON:
            lines = prefixed_parser(schema, lines)
        elif each.id not in OBJECTS:
            lines = each.parser(schema, lines)
    return (lambda raw: route(raw, [(braced, objects)], lines)) if objects else lines


def objects_too(formats: Sequence[Format], schema: TableSchema) -> Parse:
    """As `parser_of`, but JSON objects are read also where none of the formats reads any, such as plain text alone.

    For a sample need not show each kind of event that there is: what it did not show of an object is rescued, rather
    than left in the text. All but the few lines that end with a brace cost what they cost without it.
    """
    lines = parser_of(formats, schema)
    if {each.id for each in formats} & {LAMBDA, *OBJECTS}:
        return lines
    objects = parser_of([FORMATS[_JSON], *formats], schema)
    return lambda raw: route(raw, [(closed, objects)], lines)


def _needed(formats: Sequence[Format]) -> list[Format]:
    """The formats in their order, without those whose events another one reads itself, but with plain JSON for others.

    So whoever reads one kind of JSON objects reads all of them.
    """
    by_id = {each.id: each for each in formats}
    if LAMBDA in by_id:
        by_id = {name: each for name, each in by_id.items() if name not in _IN_LAMBDA}
    elif len(by_id) > 1 and OBJECTS & by_id.keys():
        by_id[_JSON] = FORMATS[_JSON]
    return sorted(by_id.values(), key=lambda each: _ORDER.get(each.id, -1))


def _objects_parser(formats: Sequence[Format], schema: TableSchema) -> Parse | None:
    """Parses JSON objects; None where no format is one that reads them."""
    base = next((each for each in formats if each.id in (LAMBDA, _JSON)), None)
    parse = base.parser(schema) if base else None
    for each in reversed(formats):
        if each.id in OBJECTS and each is not base:
            parse = each.parser(schema, parse)
    return parse
