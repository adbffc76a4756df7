"""lnav's format language: a JSON file with regular expressions, kinds of values, levels and times.

https://docs.lnav.org/en/latest/formats.html describes it. What only changes how lnav shows a log (``line-format``,
``identifier``, ``collate``, highlights, SQL) is ignored.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa

from loglake.core.schema.schema import ColumnType, FieldPath, InferredType
from loglake.errors import ConfigError
from loglake.kernels.arrow import is_encodable
from loglake.kernels.formats.expected import Expected, check
from loglake.kernels.formats.imports.format import ObjectShape, OwnFormat
from loglake.kernels.formats.imports.re2 import Dialect, short, to_re2
from loglake.kernels.formats.imports.shapes import GroupNames, Levels, Value, event_pattern, shape_of
from loglake.kernels.formats.imports.times import TimeForm, strftime_form
from loglake.kernels.formats.notation import check_re2
from loglake.kernels.formats.shape import Shape

_LEVELS = {
    **{"fatal": "FATAL", "critical": "FATAL", "error": "ERROR", "warning": "WARN", "notice": "INFO", "stats": "INFO"},
    **{"info": "INFO", "trace": "TRACE", "debug": "DEBUG"},
    **{f"debug{number}": "DEBUG" for number in range(2, 6)},
}
_KINDS = {
    **dict.fromkeys(("string", "quoted", "xml", "timestamp"), InferredType(ColumnType.STRING)),
    **{"integer": InferredType(ColumnType.BIGINT), "float": InferredType(ColumnType.DOUBLE)},
    **{"boolean": InferredType(ColumnType.BOOLEAN), "json": InferredType(ColumnType.STRING, json=True)},
}


def lnav_format(definition: str) -> OwnFormat:
    """The format of a file.

    Args:
        definition: the file's text.

    A pattern that can't be used, such as one with look-ahead, is left out; the others are kept.

    Raises:
        ConfigError: it is not a file of lnav's formats, or none of its patterns can be used, or a sample has no match.
    """
    shapes: list[Shape] = []
    objects: list[ObjectShape] = []
    left_out: list[str] = []
    formats = {name: each for name, each in _parsed(definition).items() if not name.startswith("$")}
    if not formats:
        raise ConfigError("file: there is no format in it: it is a JSON object with one for each name")
    for name, each in formats.items():
        try:
            reading = _Reading(each)
            if reading.is_json:
                objects.append(reading.objects())
            else:
                shapes += reading.shapes(f"file: {name}: ", left_out)
        except ConfigError as error:
            raise ConfigError(f"file: {name}: {error}") from None
    if not (shapes or objects):
        raise ConfigError(left_out[0])
    own_format = OwnFormat("lnav", shapes, objects, left_out)
    for name, each in formats.items():
        if not left_out:  # a sample may be of a pattern that is
            _check_samples(own_format, name, each)
    return own_format


def _parsed(definition: str) -> Mapping[str, Any]:
    text = definition.partition("\n")[2] if definition.startswith("#!") else definition
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"file: it is not JSON: {error}") from None
    if not isinstance(parsed, dict):
        raise ConfigError("file: it is not a JSON object with a format for each name")
    return parsed


def _check_samples(own_format: OwnFormat, name: str, each: Mapping[str, Any]) -> None:
    samples = each.get("sample") or []
    for number, sample in enumerate(samples if isinstance(samples, list) else [], 1):
        line = sample.get("line") if isinstance(sample, dict) else None
        if isinstance(line, str) and not own_format.matches(pa.array([line]))[0].as_py():
            raise ConfigError(f"file: {name}: no pattern matches sample {number}, {line!r}: correct one of them")


_FIELD = Expected("the name of a field", (str,))
_KEYS = {
    **{"timestamp-field": _FIELD, "level-field": _FIELD, "body-field": _FIELD},
    "timestamp-format": Expected('a list of forms, such as ["%Y-%m-%d %H:%M:%S"]', (), (str,), may_be_empty=True),
    **dict.fromkeys(("regex", "value", "level"), Expected("an object", (dict,))),
}
"""What is read of a format."""


class _Reading:
    """One format of a file."""

    def __init__(self, each: Any) -> None:
        if not isinstance(each, dict):
            raise ConfigError("a format is an object with regex, or with json: true")
        self._each: Mapping[str, Any] = {key: each[key] for key in _KEYS if each.get(key) is not None}
        check(self._each, _KEYS)
        self.is_json = each.get("json") is True or each.get("file-type") == "json"
        self._time = self._each.get("timestamp-field", "timestamp")
        self._level = self._each.get("level-field", "level")
        self._body = self._each.get("body-field", "body")
        self._forms = tuple(self._read_forms())
        self._kinds = dict(self._read_kinds())
        self._levels = Levels(tuple(self._read_levels()))

    def shapes(self, where: str, left_out: list[str]) -> Iterator[Shape]:
        """One for each regular expression that can be used; `left_out` gets why another one can't."""
        regexes = self._each.get("regex")
        if not regexes:
            raise ConfigError("it needs regex with a pattern, or json: true")
        for name, each in regexes.items():
            try:
                yield self._shape(each.get("pattern") if isinstance(each, dict) else None)
            except ConfigError as error:
                left_out.append(f"{where}regex {name}: {error}")

    def _shape(self, pattern: Any) -> Shape:
        if not isinstance(pattern, str) or not pattern:
            raise ConfigError("it needs a pattern")
        text, fields = event_pattern(to_re2(pattern, Dialect.PCRE), pattern)
        if not fields:
            raise ConfigError("the pattern names no group: write (?<timestamp>...)")
        groups: dict[str, list[str]] = {}
        for group, field in fields.items():
            groups.setdefault(field, []).append(group)
        values = [self._value(field, tuple(own)) for field, own in groups.items()]
        return shape_of(text, values, message=(self._body,), level=(self._level,), levels=self._levels)

    def _value(self, field: str, groups: tuple[str, ...]) -> Value:
        seen = self._kinds.get(field, _KINDS["string"])
        if field == self._time and self._forms and all(form.is_complete for form in self._forms):
            return Value((field,), groups, InferredType(ColumnType.TIMESTAMP), self._forms)
        return Value((field,), groups, InferredType(seen.type), is_quoted=self._kind_name(field) == "quoted")

    def objects(self) -> ObjectShape:
        """The shape of objects, by their time."""
        types = {_path(field): seen for field, seen in self._kinds.items()}
        time = _path(self._time)
        if self._forms and all(_is_plain(form) for form in self._forms):
            types[time] = InferredType(ColumnType.TIMESTAMP)
        return ObjectShape(time, _path(self._body), _path(self._level), self._levels, types)

    def _read_forms(self) -> Iterator[TimeForm]:
        for form in self._each.get("timestamp-format", []):
            try:
                yield strftime_form(form)
            except ConfigError as error:
                raise ConfigError(f"timestamp-format: {error}") from None

    def _kind_name(self, field: str) -> str:
        each = self._each.get("value", {}).get(field)
        return str(each.get("kind", "string")) if isinstance(each, dict) else "string"

    def _read_kinds(self) -> Iterator[tuple[str, InferredType]]:
        for field in self._each.get("value", {}):
            kind = self._kind_name(field)
            if kind not in _KINDS:
                raise ConfigError(f"value {field}: {kind!r} is not a kind: use one of {', '.join(_KINDS)}")
            yield field, _KINDS[kind]

    def _read_levels(self) -> Iterator[tuple[str, str]]:
        for level, looks in self._each.get("level", {}).items():
            if level not in _LEVELS:
                raise ConfigError(f"level {level!r} is none of {', '.join(_LEVELS)}")
            pattern = f"^{looks}$" if isinstance(looks, int) else looks
            if not isinstance(pattern, str):
                raise ConfigError(f"level {level} needs a pattern or a number")
            text = to_re2(pattern, Dialect.PCRE)
            check_re2(GroupNames().rename(text), short(pattern))
            yield _LEVELS[level], text


def _path(field: str) -> FieldPath:
    """The path of a nested field: lnav writes it with slashes."""
    path = tuple(part for part in field.split("/") if part)
    if not path or not is_encodable(field):
        raise ConfigError(f"{field!r} is not the name of a field")
    return path


def _is_plain(form: TimeForm) -> bool:
    """Whether a column of timestamps reads this form in JSON."""
    return not form.groups or (form.is_complete and form.groups.startswith(r"^(?P<year>\d{4})\-(?P<month>\d{1,2})\-"))
