"""Grok: ``%{IP:client} %{WORD:method} %{NUMBER:duration:float}``, as Logstash and AWS Glue's classifiers read it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from itertools import compress
from typing import Any, Callable

from loglake.core.near_names import meant
from loglake.core.schema.schema import ColumnType, FieldPath, InferredType
from loglake.errors import ConfigError
from loglake.kernels.formats.base import TEXT
from loglake.kernels.formats.imports.format import OwnFormat
from loglake.kernels.formats.imports.names import ECS_NAMES, FORMS, GROK_TYPES, LEVELS, LIBRARY
from loglake.kernels.formats.imports.re2 import Dialect, check_size, to_re2
from loglake.kernels.formats.imports.shapes import Value, event_pattern, path_of, shape_of
from loglake.kernels.formats.shape import Shape

DEEPEST = 50
"""Levels of patterns in patterns; the library has six."""

_REFERENCE = re.compile(r"%\{(\w+)(?::([^:}]*))?(?::(\w+))?\}")
_TYPES: Mapping[str, ColumnType] = {
    **dict.fromkeys(("int", "long", "short", "byte", "integer", "bigint"), ColumnType.BIGINT),
    **dict.fromkeys(("float", "double"), ColumnType.DOUBLE),
    **{"boolean": ColumnType.BOOLEAN, "string": ColumnType.STRING, "timestamp": ColumnType.TIMESTAMP},
}
_LEVEL_FIELDS = frozenset({("level",), ("loglevel",), ("log_level",), ("log", "level")})


def grok_format(definition: str) -> OwnFormat:
    """The format of a pattern.

    Args:
        definition: the pattern; or a JSON object with ``pattern``, with ``patterns`` by name that go before the
            library's, and with ``ecs_compatibility`` if the library's fields have `ECS_NAMES`.

    Raises:
        ConfigError: a name is not known, or RE2 can't do what the pattern does.
    """
    parts = _parts(definition)
    shape = grok_shape(parts["pattern"], parts["patterns"], is_ecs="ecs_compatibility" in parts)
    return OwnFormat("grok", [shape])


def _parts(definition: str) -> Mapping[str, Any]:
    """The object of a definition that is one; the pattern of an event in JSON may look like it."""
    parts: Any = None
    if definition.startswith('{"pattern":'):
        with suppress(ValueError, RecursionError):
            parts = json.loads(definition)
    if isinstance(parts, dict) and isinstance(parts["pattern"], str) and isinstance(parts.get("patterns"), dict):
        return parts
    return {"pattern": definition, "patterns": {}}


def grok_shape(pattern: str, own: Mapping[str, str], *, is_ecs: bool = False) -> Shape:
    """The shape of a pattern.

    Raises:
        ConfigError: as `grok_format`.
    """
    whole, specs = event_pattern(expand(pattern, own, is_ecs=is_ecs), pattern)
    if not specs:
        raise ConfigError(f"pattern: {pattern!r} names no field: write %{{NAME:field}}, or (?<field>...)")
    fields: dict[FieldPath, list[tuple[str, str, str]]] = {}
    for group, spec in specs.items():
        field, kind, known = (*spec.split("|"), "", "")[:3]
        fields.setdefault(path_of(field), []).append((kind, known, group))
    is_level = (path in _LEVEL_FIELDS or LEVELS & {known for _, known, _ in each} for path, each in fields.items())
    level = next(compress(fields, is_level), ())
    return shape_of(whole, [_value(path, each) for path, each in fields.items()], level=level)


def expand(pattern: str, own: Mapping[str, str], *, is_ecs: bool = False) -> str:
    """The pattern without names: RE2 with groups such as ``(?P<bytes|int|NUMBER>``: field, type and pattern.

    Raises:
        ConfigError: a name is not known, or names itself; or RE2 can't do what a pattern does.
    """
    written = {name: to_re2(expression, Dialect.RUBY) for name, expression in own.items()}

    def named(name: str, inside: tuple[str, ...]) -> str:
        if len(inside) > DEEPEST:
            raise ConfigError(f"%{{{inside[0]}}}: patterns name each other more than {DEEPEST} levels deep")
        if name in inside:
            raise ConfigError(f"%{{{name}}} names itself: {' -> '.join((*inside, name))}")
        if name not in written and name not in LIBRARY:
            raise ConfigError(_unknown(name, {*own, *LIBRARY}))
        if name not in written:
            written[name] = _renamed(to_re2(LIBRARY[name], Dialect.RUBY), ECS_NAMES if is_ecs else {})
        return _expanded(written[name], lambda match: named(match, (*inside, name)), pattern)

    return _expanded(to_re2(pattern, Dialect.RUBY), lambda match: named(match, ()), pattern)


def _renamed(text: str, names: Mapping[str, str]) -> str:
    """An expression of the library with other names of fields."""
    return re.sub(r"(%\{\w+:|\(\?P<)(\w+)(?=[:}>])", lambda match: match[1] + names.get(match[2], match[2]), text)


def _expanded(text: str, named: Callable[[str], str], shown: str) -> str:
    def replaced(match: re.Match[str]) -> str:
        name, field, kind = match[1], match[2], match[3] or ""
        if kind and kind not in _TYPES:
            raise ConfigError(f"{match[0]}: {kind!r} is not a type: use one of {', '.join(_TYPES)}")
        inner = named(name)
        check_size(inner, shown)
        return f"(?P<{field}|{kind}|{name}>{inner})" if field else f"(?:{inner})"

    expanded = _REFERENCE.sub(replaced, text)
    check_size(expanded, shown)
    return expanded


def _unknown(name: str, known: set[str]) -> str:
    near = meant(name, known, cutoff=0.5) or "`loglake formats show grok` lists all."
    return f"there is no Grok pattern {name!r}: {near} Or define it under patterns"


def _value(path: FieldPath, specs: Sequence[tuple[str, str, str]]) -> Value:
    """A field, of the type that its owner wrote, else of those of the patterns that it has.

    Args:
        path: of the field.
        specs: its types as its owner wrote them, its patterns, and their groups.
    """
    types = {_TYPES[kind] for kind, _, _ in specs if kind} or {GROK_TYPES.get(name, TEXT).type for _, name, _ in specs}
    seen = InferredType(types.pop()) if len(types) == 1 else TEXT
    forms = (form for name in sorted({name for _, name, _ in specs}) for form in FORMS.get(name, ()))
    return Value(path, tuple(group for *_, group in specs), seen, tuple(forms))
