"""What a format makes of its own example: the row of a table, as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

import pyarrow as pa

from loglake.core.schema.schema import TableSchema, grow, join_types
from loglake.kernels.formats.base import Format
from loglake.kernels.formats.coded.container import ContainerFormat
from loglake.kernels.formats.learn.format import HeaderFormat
from loglake.kernels.formats.registry import FORMATS
from loglake.kernels.formats.together import parser_of

WIDTH = 116
_WHOLE = "(the event)"


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
    return "{" + "\n ".join(_filled(members)) + "}"


def _value(value: Any, event: str) -> str:
    if value == event:
        return json.dumps(_WHOLE)
    return json.dumps(value.isoformat() if hasattr(value, "isoformat") else value, ensure_ascii=False)


def _filled(members: Sequence[str]) -> Iterable[str]:
    line = ""
    for number, member in enumerate(members):
        text = member if number == len(members) - 1 else f"{member},"
        if line and len(line) + len(text) >= WIDTH:
            yield line
            line = text
        else:
            line = f"{line} {text}".strip()
    yield line
