"""Writes docs/start/formats.md: which log formats there are, how they are recognised, and which columns they give.

All of it comes from the formats' own descriptions, so the page can't drift from the code: ``make docs`` writes it, and
a test fails if it is stale.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from infra.docs.template import DOCS, filled
from loglake.core.schema.format_choice import SELDOM
from loglake.core.schema.schema import ENVELOPE, TRAILER, ColumnType, InferredType, TableSchema, grow, join_types
from loglake.kernels.formats.base import About, Format, about_of, declared
from loglake.kernels.formats.coded.container import ContainerFormat
from loglake.kernels.formats.imports.regex import RegexFormat
from loglake.kernels.formats.learn.format import HeaderFormat
from loglake.kernels.formats.registry import FORMATS, MAKERS
from loglake.kernels.formats.together import parser_of

PAGE = DOCS / "start" / "formats.md"

EXAMPLE_PATTERN = r"^(?P<order_id>\d+) (?P<level>[A-Z]+) (?P<message>.*)$"
"""Of the format whose pattern a team writes."""

_DEFINED_IN = {
    "grok": "grok\n    pattern: '{definition}'",
    "nginx": "nginx\n    layout: '{definition}'",
    "apache": "apache\n    layout: '{definition}'",
    "log4j": "log4j\n    layout: '{definition}'",
    "lnav": "lnav\n    file: shop.lnav.json",
}
"""How a dataset defines a format, by its name."""


def described() -> list[Format]:
    """All formats in the order of detection; last those that a dataset defines."""
    own = [make(about_of(name).definition) for name, make in MAKERS.items()]
    return [*FORMATS.values(), RegexFormat(EXAMPLE_PATTERN), *own]


def render() -> str:
    """The page, as Markdown."""
    return filled(
        "formats.md",
        formats=described(),
        envelope=ENVELOPE,
        trailer=TRAILER,
        seldom=SELDOM,
        pattern=EXAMPLE_PATTERN,
        defined=dict.fromkeys(MAKERS, "{file: shop.toml}") | _DEFINED_IN,
        columns=_columns,
        sentence=_sentence,
        row=example_row,
    )


def _columns(about: About, fields: Mapping[str, InferredType]) -> str:
    table = grow(TableSchema("t"), declared({**about.fields, **about.rare}))
    names = {column.path[0]: column.name for column in table.columns}
    return ", ".join(_name(name, names[name], seen) for name, seen in fields.items())


def _name(name: str, column: str, seen: InferredType) -> str:
    kind = "string of JSON" if seen.json else ColumnType(seen.type).value
    return f"`{column}` {kind}" if column == name.replace("-", "_") else f"`{column}` (`{name}`) {kind}"


def _sentence(text: str) -> str:
    """A sentence in the middle of a line: small letter first, unless the word is a name."""
    first = text.split(maxsplit=1)[0]
    return text[0].lower() + text[1:] if first[1:].islower() or len(first) == 1 else text


WIDTH = 116
_WHOLE = "(the event)"
_NO_BREAK = "\0"
"""In place of a space of a value, at which no line ends."""


def example_row(each: Format) -> str:
    """The columns of the format's example that have a value, message and level last, over lines of `WIDTH`."""
    event = each.about.example
    raw = pa.array([event], pa.string())
    known = each.learned(raw) if isinstance(each, HeaderFormat) else each
    seen, formats = [known.infer_types(raw)], [known]
    if isinstance(each, ContainerFormat):
        inside = FORMATS["json"]
        seen, formats = [*seen, inside.infer_types(each.inside(raw))], [known, inside]
    schema = grow(TableSchema("t"), join_types(seen))
    parsed = parser_of(formats, schema)(raw)
    names = [*(column.name for column in schema.columns), "message", "level"]
    row = {name: array[0].as_py() for name, array in zip(names, [*parsed.columns, parsed.message, parsed.level])}
    members = [f"{json.dumps(name)}: {_value(value, event)}" for name, value in row.items() if value is not None]
    whole = ", ".join(member.replace(" ", _NO_BREAK) for member in members)
    lines = textwrap.wrap(whole, WIDTH, break_long_words=False, break_on_hyphens=False)
    return "{" + "\n ".join(lines).replace(_NO_BREAK, " ") + "}"


def _value(value: Any, event: str) -> str:
    if value == event:
        return json.dumps(_WHOLE)
    return json.dumps(value.isoformat() if hasattr(value, "isoformat") else value, ensure_ascii=False)
