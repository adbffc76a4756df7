"""What AWS Lambda writes: platform lines (START, END, REPORT), and the lines of its runtimes' loggers.

Functions mix in JSON objects of their own loggers: those are parsed as JSON. With the log format JSON the platform's
lines are JSON too.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import pyarrow as pa

from loglake.core.schema.schema import ColumnType, FieldPath, InferredType, TableSchema, join_types
from loglake.kernels.arrow import NO_STRING, Booleans, Strings, choose, coalesce, matches, nulls, pc, to_mask
from loglake.kernels.formats.base import (
    BRACE,
    CLOCK,
    DECIMAL,
    ISO_DAY,
    TEXT,
    WHOLE,
    FieldTypes,
    Format,
    Parse,
    Parsed,
    Route,
    Sign,
    declared,
    route,
    types_in,
)
from loglake.kernels.formats.coded.emf import EmfFormat
from loglake.kernels.formats.json_kinds import JsonShape, error_if
from loglake.kernels.formats.json_lines import JsonFormat, braced, objects_parser
from loglake.kernels.formats.objects.paths import paths_of
from loglake.kernels.formats.shape import Groups, Shape, shapes_of
from loglake.kernels.formats.text_fields import REST, TextFormat, cut
from loglake.kernels.formats.times.paths import LOG_TIME

_METRICS: Mapping[str, tuple[str, InferredType]] = {
    "duration_ms": (r"\tDuration: (?P<value>[\d.]+) ms", DECIMAL),
    "billed_duration_ms": (r"\tBilled Duration: (?P<value>[\d.]+) ms", WHOLE),
    "memory_size_mb": (r"\tMemory Size: (?P<value>\d+) MB", WHOLE),
    "max_memory_used_mb": (r"\tMax Memory Used: (?P<value>\d+) MB", WHOLE),
    "init_duration_ms": (r"(?:\t|^INIT_REPORT )Init Duration: (?P<value>[\d.]+) ms", DECIMAL),
    "restore_duration_ms": (r"(?:\t|^RESTORE_REPORT )Restore Duration: (?P<value>[\d.]+) ms", DECIMAL),
    "billed_restore_duration_ms": (r"\tBilled Restore Duration: (?P<value>[\d.]+) ms", WHOLE),
    "report_status": (r"\tStatus: (?P<value>\w+)", TEXT),
    "error_type": (r"\tError Type: (?P<value>\S+)", TEXT),
    "xray_trace_id": (r"XRAY TraceId: (?P<value>\S+)", TEXT),
    "xray_segment_id": (r"\tSegmentId: (?P<value>\S+)", TEXT),
    "xray_sampled": (r"\tSampled: (?P<value>true|false)", InferredType(ColumnType.BOOLEAN)),
}

FIELDS: FieldTypes = {
    **types_in("record_type request_id function_version"),
    **{name: seen for name, (_, seen) in _METRICS.items()},
}
"""``record_type`` is START, END, REPORT or another of the platform's, null for what a function wrote itself."""

RARE = types_in("timestamp logger source_line:whole")
"""What Java's loggers write besides."""

_ID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_PLATFORM = (
    rf"^(?:(?P<record>START|END|REPORT) RequestId: (?P<request_id>{_ID})(?: Version: (?P<version>\S+))?(?:\s|$)"
    r"|(?P<start>INIT_START|RESTORE_START) Runtime Version: "
    r"|(?P<report>INIT_REPORT Init|RESTORE_REPORT Restore) Duration: "
    r"|(?P<extension>EXTENSION|LOGS|TELEMETRY)\tName: )"
)
_TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
_OWN_TIME, _REQUEST = rf"(?P<{LOG_TIME}>{_TIME})", rf"(?P<request_id>{_ID})"
_NODE = rf"^{_OWN_TIME}\t(?:{_REQUEST}|undefined)\t(?P<level>[A-Za-z]{{4,11}})\t{REST}"  # and .NET, in small letters
_PYTHON = rf"^\[(?P<level>[A-Z]{{4,11}})\]\t{_OWN_TIME}\t{_REQUEST}?\t{REST}"
_JAVA = (
    rf"^(?P<timestamp>\d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d(?:[.,]\d{{3}})?) {_REQUEST} +(?P<level>[A-Z]{{4,11}}) +"
    rf"(?P<logger>[\w.$-]+)(?::(?P<source_line>\d+))? +- {REST}"
)
_TRACE = r"Traceback \(most recent call last\):"
_REASONS = (rf"^{_OWN_TIME} {_REQUEST} {REST}", rf"^RequestId: {_REQUEST} {REST}")
"""Why a request failed: ``Task timed out``, ``Error: Runtime exited``."""

_UNCAUGHT = rf"^\[(?P<level>ERROR)\] (?P<message>(?P<error_type>[A-Za-z_][\w.]*)(?s:(?::.*?)?[\r\n]+{_TRACE}.*))$"
"""An exception that a function in Python did not catch. Its runtime logs it before it knows of a request."""


def _as_error(groups: Groups) -> None:
    groups["level"] = pa.repeat("ERROR", len(groups["message"]))


_TYPES = {**FIELDS, **RARE}
_OFTEN = shapes_of((_NODE, _PYTHON), _TYPES)
_SELDOM = shapes_of((_JAVA, _UNCAUGHT), _TYPES)
_FAILED = shapes_of(_REASONS, _TYPES, steps=(_as_error,))
_ANY_SELDOM = shapes_of((_JAVA, *_REASONS, _UNCAUGHT), _TYPES)
_LOGGERS = shapes_of((_NODE, _PYTHON, _JAVA, *_REASONS, _UNCAUGHT), _TYPES)
_ALL = shapes_of((_PLATFORM, *(shape.pattern for shape in _LOGGERS.shapes)), _TYPES)

_KIND, _ID_PATH, _STATUS = paths_of("type record.requestId record.status")


def _failure(status: Strings, kind: Strings) -> Strings:
    failed = pc.or_(pc.not_equal(pc.fill_null(status, "success"), "success"), pc.equal(kind, "platform.fault"))
    return error_if(failed)


_JSON_PLATFORM = JsonShape(
    ('"record"',),
    (_KIND, _ID_PATH, _STATUS),
    start=r'"time"\s*:\s*"[^"]*"\s*,\s*"type"\s*:\s*"platform\.',
    levels=(((_STATUS, _KIND), _failure),),
    header=("record", "tracing", "value"),
)


class LambdaFormat(Format):
    """Lambda's plain-text log format, also mixed with JSON objects, and the platform events of its JSON format.

    The message of a platform event is its type, request and status, such as ``platform.report 8f5e2f64-… success``. Its
    level is ERROR if the status is not ``success``.
    """

    shapes = _ALL
    signs = (
        Sign(rf"[EILRST][A-Z]{{2}}[ A-Z_]|{ISO_DAY}T{CLOCK}\.\d{{3}}Z[\t ]|\[[A-Z]{{4}}|RequestId:"),
        *(Sign(rf"{ISO_DAY} {CLOCK}{fraction} [0-9a-f]{{4}}") for fraction in ("", r"[.,]\d{3}")),
        Sign(BRACE, "platform."),
    )
    id = "lambda"
    fields, rare = FIELDS, RARE

    def matches(self, raw: Strings) -> Booleans:
        """The platform's lines and events, and lines of the runtimes' loggers. Other JSON alone is not this format."""
        return pc.or_(_ALL.matches(raw), _JSON_PLATFORM.matches(raw))

    def infer_types(self, raw: Strings) -> dict[FieldPath, InferredType]:
        """The declared fields if any event is Lambda's text, then the fields of the JSON objects among the events."""
        json = JsonFormat()
        texts = raw.filter(_ALL.matches(raw))
        own = declared(FIELDS) if len(texts) else {}
        rare = _LOGGERS.infer_types(texts)
        objects = raw.filter(json.matches(raw))
        return join_types([own, rare, json.infer_types(objects), _JSON_PLATFORM.id_types(objects)])

    def parser(self, schema: TableSchema, rest: Parse | None = None) -> Parse:
        """Parses each event by its kind. `rest` parses events of no kind; without it they are plain text."""
        json, emf = JsonFormat(), EmfFormat()
        objects = [(_JSON_PLATFORM.matches, _JSON_PLATFORM.parser(schema)), (emf.matches, emf.parser(schema))]
        other_objects = objects_parser(schema)
        seldom = [*_SELDOM.routes(schema), *_FAILED.routes(schema)]
        left = rest or TextFormat().parser(schema)
        routes: list[Route] = [
            # Objects come first: no prefix starts with a brace, and if there are objects at all, there are many.
            (braced, lambda raw: route(raw, objects, other_objects)),
            (partial(matches, pattern=_PLATFORM), _platform_parser(schema)),
            *_OFTEN.routes(schema),
            (json.matches, json.parser(schema)),
            (_ANY_SELDOM.matches, lambda raw: route(raw, seldom, left)),
        ]
        return lambda raw: route(raw, routes, left)


def _platform_parser(schema: TableSchema) -> Parse:
    parse = Shape(_PLATFORM).columns(schema)

    def parse_platform(raw: Strings) -> Parsed:
        groups = cut(raw, _PLATFORM)
        report = pc.replace_substring_regex(groups["report"], " .*", "")
        record = coalesce(groups["record"], groups["start"], report, groups["extension"])
        reported = pc.or_(groups["record"].is_valid(), groups["report"].is_valid())  # all of it is in columns
        fields = {
            "record_type": record,
            "request_id": groups["request_id"],
            "function_version": groups["version"],
            **_metrics(raw, pc.match_substring(record, "REPORT")),
            "message": choose(reported, NO_STRING, pc.utf8_rtrim_whitespace(raw)),
        }
        return parse(raw, fields)

    return parse_platform


def _metrics(raw: Strings, is_report: Booleans) -> dict[str, Strings]:
    """Cuts the metrics out of REPORT lines, in any order, because AWS adds metrics now and then."""
    reports = pa.array(to_mask(is_report))
    lines = raw.filter(reports)
    place = nulls(len(raw), pa.string())
    return {
        name: pc.replace_with_mask(place, reports, cut(lines, pattern)["value"])
        for name, (pattern, _) in _METRICS.items()
    }
