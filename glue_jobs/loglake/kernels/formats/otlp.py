"""Logs of OpenTelemetry in the JSON encoding of its protocol: a log record, or an export of one or many."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa

from loglake.core.schema.schema import FieldPath, InferredType, TableSchema
from loglake.kernels.arrow import Booleans, Strings, is_encodable, occurs, texts_of, to_mask
from loglake.kernels.formats.base import About, Parse, Parsed, route
from loglake.kernels.formats.json_kinds import has_all
from loglake.kernels.formats.json_lines import JsonFormat, parsed_objects
from loglake.kernels.formats.json_paths import ObjectFitter, infer_object_types

_RECORD_NAMES: Mapping[str, str] = {
    "timeUnixNano": "time_unix_nano",
    "observedTimeUnixNano": "observed_time_unix_nano",
    "severityNumber": "severity_number",
    "severityText": "severity_text",
    "traceId": "trace_id",
    "spanId": "span_id",
    "eventName": "event_name",
    "flags": "flags",
    "droppedAttributesCount": "dropped_attributes_count",
}
_VALUES = ("stringValue", "boolValue", "intValue", "doubleValue", "bytesValue")


class OtlpFormat:
    """Objects such as ``{"resourceLogs": [...]}`` of an exporter, or one of its log records alone.

    An event with many records keeps them as JSON text in the column ``log_records``: an event is a row.
    """

    id = "otlp"
    literal = r"[tT]imeUnixNano|resourceLogs"
    source = "https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding"
    about = About(
        title="Logs of OpenTelemetry, in the JSON of its protocol",
        detection="A JSON object with resourceLogs and scopeLogs; or with timeUnixNano, and severityNumber or body.",
        level="That of severityText, else of severityNumber.",
        example=(
            '{"timeUnixNano":"1795249800123000000","severityNumber":9,"severityText":"Info","body":{"stringValue":'
            '"order received"},"attributes":[{"key":"order.id","value":{"intValue":"17"}}],"traceId":'
            '"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174"}'
        ),
        note=(
            "The fields of the record (time_unix_nano, severity_text, trace_id, span_id and others), body, and by name "
            "the attributes of the record, the resource and the scope."
        ),
    )

    def matches(self, raw: Strings) -> Booleans:
        """Whether an event is an export or a record."""
        if not occurs(raw, "resourceLogs|[tT]imeUnixNano"):
            return pa.array([False] * len(raw), pa.bool_())
        exports = to_mask(has_all(raw, '"resourceLogs"', '"scopeLogs"'))
        for parts in (('"timeUnixNano"', '"severityNumber"'), ('"timeUnixNano"', '"body"')):
            exports |= to_mask(has_all(raw, *parts))
        return pa.array(exports)

    def infer_types(self, raw: Strings) -> dict[FieldPath, InferredType]:
        """The fields of the records."""
        return infer_object_types(_flattened(raw))

    def parser(self, schema: TableSchema, rest: Parse | None = None) -> Parse:
        """The message is the body, if that is text."""
        fitter = ObjectFitter(schema)

        def parse(raw: Strings) -> Parsed:
            flat = _flattened(raw)
            parsed = parsed_objects(flat, fitter.fit(flat))
            is_own = pa.compute.equal(parsed.message, flat)  # an object without a message is its own
            message = pa.compute.if_else(is_own, raw, parsed.message)
            return Parsed(parsed.columns, message, parsed.level, parsed.rescued, parsed.rescued_values)

        left = rest or JsonFormat().parser(schema)
        return lambda raw: route(raw, [(self.matches, parse)], left)


def _flattened(raw: Strings) -> Strings:
    return pa.array([_flat(text) for text in texts_of(raw)], pa.string())


def _flat(text: str) -> str:
    """An event with its record's fields by name; what is none stays as it is."""
    try:
        event = json.loads(text)
    except (ValueError, RecursionError):
        return text
    if not isinstance(event, dict):
        return text
    try:
        flat = json.dumps(_export(event) if "resourceLogs" in event else _record(event), ensure_ascii=False)
    except (TypeError, AttributeError, RecursionError):
        return text
    return flat if is_encodable(flat) else text


def _export(event: Mapping[str, Any]) -> dict[str, Any]:
    found = list(_records(event))
    if len(found) == 1:
        return found[0]
    first = found[0] if found else {}
    same = {name: first[name] for name in ("resource", "scope") if all(each.get(name) == first[name] for each in found)}
    return {**same, "log_records": [{k: v for k, v in each.items() if k not in same} for each in found]}


def _records(event: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for resource_logs in event["resourceLogs"]:
        resource = _attributes(resource_logs.get("resource", {}).get("attributes", []))
        for scope_logs in resource_logs.get("scopeLogs", []):
            scope = scope_logs.get("scope", {})
            own = {name: scope[name] for name in ("name", "version") if scope.get(name)}
            own |= {"attributes": _attributes(scope["attributes"])} if scope.get("attributes") else {}
            for record in scope_logs.get("logRecords", []):
                yield {**_record(record), "resource": resource, "scope": own}


def _record(record: Mapping[str, Any]) -> dict[str, Any]:
    flat = {_RECORD_NAMES.get(name, name): value for name, value in record.items()}
    for name in ("trace_id", "span_id"):
        if flat.get(name) == "":
            del flat[name]
    if isinstance(record.get("body"), dict):
        flat["body"] = _value(record["body"])
    if isinstance(record.get("attributes"), list):
        flat["attributes"] = _attributes(record["attributes"])
    resource = record.get("resource")
    if isinstance(resource, dict) and isinstance(resource.get("attributes"), list):
        flat["resource"] = _attributes(resource["attributes"])
    return flat


def _attributes(pairs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {pair["key"]: _value(pair.get("value", {})) for pair in pairs}


def _value(value: Any) -> Any:
    """What an AnyValue holds. A 64-bit number is a string in JSON, and a number here."""
    if not isinstance(value, dict):
        return value
    if "intValue" in value:
        return int(value["intValue"])
    for name in _VALUES:
        if name in value:
            return value[name]
    if "arrayValue" in value:
        return [_value(each) for each in value["arrayValue"].get("values", [])]
    if "kvlistValue" in value:
        return _attributes(value["kvlistValue"].get("values", []))
    return value or None
