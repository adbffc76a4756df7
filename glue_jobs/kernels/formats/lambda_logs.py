"""What AWS Lambda writes: platform lines (START, END, REPORT), and the lines of its runtimes' loggers.

Functions mix in JSON objects of their own loggers: those are parsed as JSON.
"""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

from glue_jobs.core.schema import ColumnType, FieldPath, Observed, TableSchema, join_observations
from glue_jobs.kernels.arrow import Booleans, Strings, coalesce, matches, nulls, pc, to_mask
from glue_jobs.kernels.formats.base import Parse, Parsed, declared, route
from glue_jobs.kernels.formats.emf import EmfFormat
from glue_jobs.kernels.formats.json_lines import JsonFormat
from glue_jobs.kernels.formats.levels import no_level, normal_level
from glue_jobs.kernels.formats.text import TextFormat
from glue_jobs.kernels.formats.text_fields import cut, fill_columns

_TEXT, _WHOLE, _DECIMAL = Observed(ColumnType.STRING), Observed(ColumnType.BIGINT), Observed(ColumnType.DOUBLE)

_METRICS: Mapping[str, tuple[str, Observed]] = {
    "duration_ms": (r"\tDuration: (?P<value>[\d.]+) ms", _DECIMAL),
    "billed_duration_ms": (r"\tBilled Duration: (?P<value>[\d.]+) ms", _WHOLE),
    "memory_size_mb": (r"\tMemory Size: (?P<value>\d+) MB", _WHOLE),
    "max_memory_used_mb": (r"\tMax Memory Used: (?P<value>\d+) MB", _WHOLE),
    "init_duration_ms": (r"\tInit Duration: (?P<value>[\d.]+) ms", _DECIMAL),
    "restore_duration_ms": (r"\tRestore Duration: (?P<value>[\d.]+) ms", _DECIMAL),
    "billed_restore_duration_ms": (r"\tBilled Restore Duration: (?P<value>[\d.]+) ms", _WHOLE),
    "report_status": (r"\tStatus: (?P<value>\w+)", _TEXT),
    "error_type": (r"\tError Type: (?P<value>\S+)", _TEXT),
    "xray_trace_id": (r"XRAY TraceId: (?P<value>\S+)", _TEXT),
    "xray_segment_id": (r"\tSegmentId: (?P<value>\S+)", _TEXT),
    "xray_sampled": (r"\tSampled: (?P<value>true|false)", Observed(ColumnType.BOOLEAN)),
}

FIELDS: Mapping[str, Observed] = {
    "record_type": _TEXT,
    "request_id": _TEXT,
    "function_version": _TEXT,
    **{name: seen for name, (_, seen) in _METRICS.items()},
}
"""``record_type`` is START, END, REPORT or INIT_START, null for what a function wrote itself."""

_ID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_PLATFORM = (
    rf"^(?:(?P<record>START|END|REPORT) RequestId: (?P<request_id>{_ID})(?: Version: (?P<version>\S+))?(?:\s|$)"
    r"|(?P<init>INIT_START) Runtime Version: )"
)
_TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
_LEVEL = r"[A-Z]{4,11}"
_NODE = rf"^{_TIME}\t(?:(?P<request_id>{_ID})|undefined)\t(?P<level>{_LEVEL})\t(?P<message>(?s:.*))$"
_PYTHON = rf"^\[(?P<level>{_LEVEL})\]\t{_TIME}\t(?P<request_id>{_ID})?\t(?P<message>(?s:.*))$"


class LambdaFormat:
    """Lambda's plain-text log format, with JSON objects among it."""

    id = "lambda"
    source = "https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-view.html"

    def matches(self, raw: Strings) -> Booleans:
        """Platform lines, and lines of the Node.js and Python runtimes' loggers. JSON objects alone make no Lambda."""
        looks: Booleans = pc.or_(_is_platform(raw), pc.or_(_is_node(raw), _is_python(raw)))
        return looks

    def observe(self, raw: Strings) -> dict[FieldPath, Observed]:
        """The declared fields, then those of JSON objects among the events."""
        json = JsonFormat()
        return join_observations([declared(FIELDS), json.observe(raw.filter(json.matches(raw)))])

    def parser(self, schema: TableSchema) -> Parse:
        """Each event by its own kind; what is none of them is plain text."""
        json, emf = JsonFormat(), EmfFormat()
        routes = [
            (_is_platform, _platform_parser(schema)),
            (_is_node, _app_parser(schema, _NODE)),
            (_is_python, _app_parser(schema, _PYTHON)),
            (emf.matches, emf.parser(schema)),
            (json.matches, json.parser(schema)),
        ]
        text = TextFormat().parser(schema)
        return lambda raw: route(raw, routes, text)


def _is_platform(raw: Strings) -> Booleans:
    return matches(raw, _PLATFORM)


def _is_node(raw: Strings) -> Booleans:
    return matches(raw, _NODE)


def _is_python(raw: Strings) -> Booleans:
    return matches(raw, _PYTHON)


def _platform_parser(schema: TableSchema) -> Parse:
    def parse(raw: Strings) -> Parsed:
        groups = cut(raw, _PLATFORM)
        fields = {
            "record_type": coalesce(groups["record"], groups["init"]),
            "request_id": groups["request_id"],
            "function_version": groups["version"],
            **_metrics(raw, groups["record"]),
        }
        return _parsed(raw, fields, pc.utf8_rtrim_whitespace(raw), no_level(len(raw)), schema)

    return parse


def _metrics(raw: Strings, record: Strings) -> dict[str, Strings]:
    """Cuts the metrics out of REPORT lines. AWS adds metrics now and then, so none depends on the order of the rest."""
    reports = to_mask(pc.equal(record, "REPORT"))
    lines = raw.filter(pa.array(reports))
    place = nulls(len(raw), pa.string())
    return {
        name: pc.replace_with_mask(place, pa.array(reports), cut(lines, pattern)["value"])
        for name, (pattern, _) in _METRICS.items()
    }


def _app_parser(schema: TableSchema, pattern: str) -> Parse:
    def parse(raw: Strings) -> Parsed:
        groups = cut(raw, pattern)
        # A logger that writes an empty message: there is nothing else to read than the line.
        message = coalesce(pc.utf8_rtrim(groups["message"], "\r\n"), raw)
        return _parsed(raw, {"request_id": groups["request_id"]}, message, normal_level(groups["level"]), schema)

    return parse


def _parsed(
    raw: Strings, fields: Mapping[str, Strings], message: Strings, level: Strings, schema: TableSchema
) -> Parsed:
    texts: dict[FieldPath, Strings] = {(name,): values for name, values in fields.items()}
    columns, rescued, count = fill_columns(len(raw), texts, schema)
    return Parsed(columns, message, level, rescued, count)
