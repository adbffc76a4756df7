"""What AWS Lambda writes: platform lines (START, END, REPORT), and the lines of its runtimes' loggers.

Functions mix in JSON objects of their own loggers: those are parsed as JSON. With the log format JSON the platform's
lines are JSON too.
"""

from __future__ import annotations

from functools import cache, cached_property, partial

import pyarrow as pa

from loglake.core.schema.schema import ColumnType, FieldPath, InferredType, TableSchema, join_types
from loglake.kernels.arrow import NO_STRING, Booleans, Strings, choose, coalesce, matches, nulls, pc, to_mask
from loglake.kernels.formats.base import (
    BRACE,
    CLOCK,
    ISO_DAY,
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
from loglake.kernels.formats.coded.texts import patterns_of, sentences_of
from loglake.kernels.formats.json_kinds import JsonShape, error_if
from loglake.kernels.formats.json_lines import JsonFormat, objects_parser
from loglake.kernels.formats.objects.among_text import braced
from loglake.kernels.formats.objects.paths import paths_of
from loglake.kernels.formats.shape import Groups, Shape, Shapes, Step, shapes_of
from loglake.kernels.formats.text_fields import TextFormat, cut

FIELDS: FieldTypes = {
    **types_in("record_type request_id function_version duration_ms:decimal billed_duration_ms:whole"),
    **types_in("memory_size_mb:whole max_memory_used_mb:whole init_duration_ms:decimal restore_duration_ms:decimal"),
    **types_in("billed_restore_duration_ms:whole report_status error_type xray_trace_id xray_segment_id"),
    "xray_sampled": InferredType(ColumnType.BOOLEAN),
}
"""``record_type`` is START, END, REPORT or another of the platform's, null for what a function wrote itself."""

RARE = types_in("timestamp logger source_line:whole")
"""What Java's loggers write besides."""


def _as_error(groups: Groups) -> None:
    groups["level"] = pa.repeat("ERROR", len(groups["message"]))


@cache
def _shapes(keys: str = "often java reasons uncaught", *steps: Step) -> Shapes:
    patterns = [pattern for key in keys.split() for pattern in patterns_of("lambda", key)]
    return shapes_of(patterns, {**FIELDS, **RARE}, steps)


def _platform() -> str:
    return sentences_of("lambda", "platform")["start"]


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

    signs = (
        Sign(rf"[EILRST][A-Z]{{2}}[ A-Z_]|{ISO_DAY}T{CLOCK}\.\d{{3}}Z[\t ]|\[[A-Z]{{4}}|RequestId:"),
        *(Sign(rf"{ISO_DAY} {CLOCK}{fraction} [0-9a-f]{{4}}") for fraction in ("", r"[.,]\d{3}")),
        Sign(BRACE, "platform."),
    )
    id = "lambda"
    fields, rare = FIELDS, RARE

    @cached_property
    def shapes(self) -> Shapes:
        """How all of its texts look."""
        return shapes_of((_platform(), *(shape.pattern for shape in _shapes().shapes)), {**FIELDS, **RARE})

    def matches(self, raw: Strings) -> Booleans:
        """The platform's lines and events, and lines of the runtimes' loggers. Other JSON alone is not this format."""
        return pc.or_(self.shapes.matches(raw), _JSON_PLATFORM.matches(raw))

    def infer_types(self, raw: Strings) -> dict[FieldPath, InferredType]:
        """The declared fields if any event is Lambda's text, then the fields of the JSON objects among the events."""
        json = JsonFormat()
        texts = raw.filter(self.shapes.matches(raw))
        own = declared(FIELDS) if len(texts) else {}
        rare = _shapes().infer_types(texts)
        objects = raw.filter(json.matches(raw))
        return join_types([own, rare, json.infer_types(objects), _JSON_PLATFORM.id_types(objects)])

    def parser(self, schema: TableSchema, rest: Parse | None = None) -> Parse:
        """Parses each event by its kind. `rest` parses events of no kind; without it they are plain text."""
        json, emf = JsonFormat(), EmfFormat()
        objects = [(_JSON_PLATFORM.matches, _JSON_PLATFORM.parser(schema)), (emf.matches, emf.parser(schema))]
        other_objects = objects_parser(schema)
        seldom = [*_shapes("java uncaught").routes(schema), *_shapes("reasons", _as_error).routes(schema)]
        left = rest or TextFormat().parser(schema)
        routes: list[Route] = [
            # Objects come first: no prefix starts with a brace, and if there are objects at all, there are many.
            (braced, lambda raw: route(raw, objects, other_objects)),
            (partial(matches, pattern=_platform()), _platform_parser(schema)),
            *_shapes("often").routes(schema),
            (json.matches, json.parser(schema)),
            (_shapes("java reasons uncaught").matches, lambda raw: route(raw, seldom, left)),
        ]
        return lambda raw: route(raw, routes, left)


def _platform_parser(schema: TableSchema) -> Parse:
    parse = Shape(_platform()).columns(schema)

    def parse_platform(raw: Strings) -> Parsed:
        groups = cut(raw, _platform())
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
    """Cuts the metrics out of REPORT lines."""
    reports = pa.array(to_mask(is_report))
    lines = raw.filter(reports)
    place = nulls(len(raw), pa.string())
    return {
        name: pc.replace_with_mask(place, reports, cut(lines, pattern)["value"])
        for name, pattern in sentences_of("lambda", "metrics").items()
    }
