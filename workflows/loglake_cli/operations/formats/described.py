"""All log formats, and the patterns of the Grok library, as their own descriptions have them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import pyarrow as pa

from loglake.core.near_names import meant
from loglake.core.schema.schema import column_name
from loglake.errors import ConfigError
from loglake.kernels.formats.base import About, about_of
from loglake.kernels.formats.definitions import library, source_of
from loglake.kernels.formats.imports.grok import grok_shape
from loglake.kernels.formats.imports.names import LIBRARY
from loglake.kernels.formats.imports.regex import RegexFormat
from loglake.kernels.formats.registry import FORMATS, MAKERS
from loglake.kernels.formats.shape import LEVEL, MESSAGE


@dataclass(frozen=True)
class Described:
    """A format, or a Grok pattern.

    Attributes:
        detection: how it is recognised; empty for a Grok pattern.
        columns: types by name.
        note: which other columns there are.
        definition: in TOML, of a format of the library; what a dataset says, of one that it defines; an expression.
        example: an event; empty for a Grok pattern.
        patterns: the names of the library, of the format ``grok``.
    """

    name: str
    title: str
    source: str
    detection: str = ""
    level: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    note: str = ""
    definition: str = ""
    example: str = ""
    patterns: tuple[str, ...] = ()


def all_formats() -> list[Described]:
    """In the order of detection; last those that a dataset defines."""
    return [describe(name) for name in (*FORMATS, RegexFormat.id, *MAKERS)]


def describe(name: str) -> Described:
    """A format or a Grok pattern by its name.

    Raises:
        ConfigError: there is none.
    """
    if name in MAKERS:
        about = about_of(name)
        types = MAKERS[name](about.definition).infer_types(pa.array([about.example]))
        columns = {column_name(path): seen.type.value for path, seen in types.items()}
        return replace(
            _of(name, about),
            definition=about.definition,
            columns=columns,
            patterns=tuple(LIBRARY) if name == "grok" else (),
        )
    if name == RegexFormat.id:
        return _of(name, about_of(name))
    if name in FORMATS:
        own = source_of(name) if name in library() else ""
        return replace(_of(name, FORMATS[name].about), definition=own)
    if name in LIBRARY:
        return _pattern(name)
    near = meant(name, (*FORMATS, RegexFormat.id, *MAKERS, *LIBRARY), most=6)
    raise ConfigError(f"there is no format and no Grok pattern {name}: {near or '`loglake formats list` has all.'}")


def definition(name: str) -> str:
    """The definition of a format of the library in TOML, to copy and to change.

    Raises:
        ConfigError: it has no such format.
    """
    if name not in library():
        if name in FORMATS:
            raise ConfigError(f"the format {name} is read by code: `loglake formats show {name}` describes it.")
        raise ConfigError(f"there is no format {name}: {meant(name, library()) or '`loglake formats list` has all.'}")
    return source_of(name)


def _of(name: str, about: About) -> Described:
    columns = {column_name((name,)): seen.type.value for name, seen in {**about.fields, **about.rare}.items()}
    return Described(
        name, about.title, about.source, about.detection, about.level, columns, about.note, example=about.example
    )


def _pattern(name: str) -> Described:
    """A Grok pattern: its expression, and the fields that it makes."""
    shape = grok_shape(f"(?<match>%{{{name}}})", {})
    fields = shape.declared(shape.fields)
    columns = {column_name(path): seen.type.value for path, seen in fields.items() if path != ("match",)}
    groups = shape.groups(pa.array([""]))
    columns |= {column: "string" for column in (MESSAGE, LEVEL) if column in groups}
    source = "https://github.com/logstash-plugins/logstash-patterns-core/tree/main/patterns/legacy"
    return Described(name, "A pattern of the Grok library", source, columns=columns, definition=LIBRARY[name])
