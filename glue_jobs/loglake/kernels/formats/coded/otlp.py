"""Logs of OpenTelemetry in the JSON encoding of its protocol: a log record, or an export of one or many."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import pyarrow as pa

from loglake.core.schema.schema import FieldPath, InferredType, TableSchema
from loglake.kernels.arrow import Booleans, Strings, is_encodable, occurs, texts_of, to_mask
from loglake.kernels.formats.base import BRACE, Format, Parse, Parsed, Sign, route
from loglake.kernels.formats.json_kinds import has_all
from loglake.kernels.formats.json_lines import JsonFormat, parsed_objects
from loglake.kernels.formats.objects.among_text import braced
from loglake.kernels.formats.objects.paths import ObjectFitter, infer_objects


def _snake(name: str) -> str:
    return re.sub("[A-Z]", lambda letter: f"_{letter[0].lower()}", name)


_RECORD_NAMES: Mapping[str, str] = {
    name: _snake(name)
    for name in (
        *("timeUnixNano", "observedTimeUnixNano", "severityNumber", "severityText", "traceId", "spanId", "eventName"),
        *("flags", "droppedAttributesCount"),
    )
}
_VALUES = ("stringValue", "boolValue", "doubleValue", "bytesValue")
_INTEGER = re.compile("0|-?[1-9][0-9]*")


class OtlpFormat(Format):
    """Objects such as ``{"resourceLogs": [...]}`` of an exporter, or one of its log records alone.

    An event with many records keeps them as JSON text in the column ``log_records``: an event is a row.
    """

    signs = (Sign(BRACE, 'Logs"'), Sign(BRACE, "UnixN"))
    id = "otlp"

    def matches(self, raw: Strings) -> Booleans:
        """Whether an event is an export or a record."""
        if not to_mask(braced(raw)).any() or not occurs(raw, "resourceLogs|[tT]imeUnixNano"):
            return pa.array([False] * len(raw), pa.bool_())
        exports = to_mask(has_all(raw, '"resourceLogs"', '"scopeLogs"'))
        for parts in (('"timeUnixNano"', '"severityNumber"'), ('"timeUnixNano"', '"body"')):
            exports |= to_mask(has_all(raw, *parts))
        return pa.array(exports)

    def infer_types(self, raw: Strings) -> dict[FieldPath, InferredType]:
        """The fields of the records."""
        return infer_objects(_flattened(raw))[0]

    def parser(self, schema: TableSchema, rest: Parse | None = None) -> Parse:
        """The message is the body, if that is text."""
        fitter = ObjectFitter(schema)

        def parse(raw: Strings) -> Parsed:
            flat = _flattened(raw)
            return parsed_objects(flat, fitter.fit(flat))

        left = rest or JsonFormat().parser(schema)
        return lambda raw: route(raw, [(self.matches, parse)], left)


def _flattened(raw: Strings) -> Strings:
    return pa.array([_flat(text) for text in texts_of(raw)], pa.string())


class _UnexpectedError(ValueError):
    """Something that the protocol has not. The event is read as any other object then, and nothing of it is lost."""


def _need(fits: bool) -> None:
    if not fits:
        raise _UnexpectedError


def _flat(text: str) -> str:
    """An event with its record's fields by name, or the text itself if it is not as the protocol says."""
    try:
        event = json.loads(text, object_pairs_hook=_unique, parse_constant=_unexpected, parse_float=_float)
        if not isinstance(event, dict):
            return text
        flat = json.dumps(
            _export(event) if "resourceLogs" in event else _record(event), ensure_ascii=False, allow_nan=False
        )
    except (ValueError, RecursionError):
        return text
    return flat if is_encodable(flat) else text


def _export(event: Mapping[str, Any]) -> dict[str, Any]:
    _only(event, "resourceLogs")
    found = [record for each in _all(event, "resourceLogs") for record in _of_resource(each)]
    if len(found) == 1:
        return found[0]
    same = {name: value for name, value in found[0].items() if name in ("resource", "scope")}
    same = {name: value for name, value in same.items() if all(each.get(name) == value for each in found)}
    return {**same, "log_records": [{k: v for k, v in each.items() if k not in same} for each in found]}


def _of_resource(logs: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    _only(logs, "resource", "scopeLogs", "schemaUrl")
    resource = _object(logs, "resource")
    _only(resource, "attributes", "droppedAttributesCount")
    about: dict[str, Any] = {"resource": _attributes(resource)} if resource.get("attributes") else {}
    about |= _named("resource_", resource, "droppedAttributesCount") | _named("resource_", logs, "schemaUrl")
    for scope_logs in _all(logs, "scopeLogs"):
        _only(scope_logs, "scope", "logRecords", "schemaUrl")
        given = _object(scope_logs, "scope")
        _only(given, "name", "version", "attributes", "droppedAttributesCount")
        scope = _named("", given, "name", "version", "droppedAttributesCount") | _named("", scope_logs, "schemaUrl")
        scope |= {"attributes": _attributes(given)} if given.get("attributes") else {}
        for record in _all(scope_logs, "logRecords"):
            around = {**about, "scope": scope} if scope else about
            flat = _record(record)
            _need(flat.keys().isdisjoint(around))
            yield {**flat, **around}


def _record(record: Mapping[str, Any]) -> dict[str, Any]:
    _need(isinstance(record, dict))
    flat = {_RECORD_NAMES.get(name, name): value for name, value in record.items()}
    _need(len(flat) == len(record))
    for name in ("trace_id", "span_id"):
        if flat.get(name) == "":
            del flat[name]
    if isinstance(record.get("body"), dict):
        flat["body"] = _value(record["body"])
    if isinstance(record.get("attributes"), list):
        flat["attributes"] = _attributes(record)
    resource = record.get("resource")
    if isinstance(resource, dict) and isinstance(resource.get("attributes"), list):
        _only(resource, "attributes")
        flat["resource"] = _attributes(resource)
    return flat


def _attributes(owner: Mapping[str, Any], name: str = "attributes") -> dict[str, Any]:
    values = {}
    for pair in _list(owner, name):
        _need(isinstance(pair, dict) and isinstance(pair.get("key"), str) and pair["key"] not in values)
        _only(pair, "key", "value")
        values[pair["key"]] = _value(pair.get("value"))
    return values


def _value(value: Any) -> Any:
    """What an AnyValue holds. A 64-bit number is a string in JSON, and a number here."""
    if not isinstance(value, dict) or len(value) > 1:
        return value
    for name, held in value.items():
        if name == "intValue":
            _need(not isinstance(held, bool) and _INTEGER.fullmatch(str(held)) is not None)
            return int(held)
        if name in _VALUES:
            return held
        if name == "arrayValue":
            _only(_object(value, name), "values")
            return [_value(each) for each in _list(held, "values")]
        if name == "kvlistValue":
            _only(_object(value, name), "values")
            return _attributes(held, "values")
    return value or None


def _named(prefix: str, owner: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """Members by the names of their columns, without empty ones."""
    return {prefix + _snake(name): owner[name] for name in names if owner.get(name)}


def _object(owner: Mapping[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = owner.get(name, {})
    _need(isinstance(found, dict))
    return found


def _list(owner: Mapping[str, Any], name: str) -> list[Any]:
    found: list[Any] = owner.get(name, [])
    _need(isinstance(found, list))
    return found


def _all(owner: Any, name: str) -> list[Any]:
    """A list of objects that has some: of an empty one no record would keep what is around it."""
    found = _list(owner, name) if isinstance(owner, dict) else []
    _need(bool(found))
    return found


def _only(found: Any, *names: str) -> None:
    _need(isinstance(found, dict) and found.keys() <= {*names})


def _unique(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    _need(len(members) == len(pairs))
    return members


def _float(text: str) -> float:
    """A number that a double holds as it is written: another one must not be rounded."""
    number = float(text)
    _need(Decimal(repr(number)) == Decimal(text))
    return number


def _unexpected(constant: str) -> Any:
    raise _UnexpectedError(constant)
