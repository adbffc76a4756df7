"""One JSON object per event, as structured loggers write it, pretty-printed or not."""

from __future__ import annotations

from glue_jobs.core.schema import FieldPath, Observed, TableSchema
from glue_jobs.kernels.arrow import Booleans, Strings, choose, coalesce, pc, to_mask, without
from glue_jobs.kernels.fit import Fitter
from glue_jobs.kernels.formats.base import Parse, Parsed, route
from glue_jobs.kernels.formats.levels import level_in_text, no_level, normal_level
from glue_jobs.kernels.formats.text import TextFormat
from glue_jobs.kernels.observe import observe_json

MESSAGE_PATHS: tuple[FieldPath, ...] = (
    ("message",),
    ("msg",),
    ("log",),
    ("@message",),
    ("Message",),
    ("short_message",),
    ("event",),
    ("textPayload",),
    ("Body",),
)
"""Where pino, bunyan, zap, log4j, logback, python-json-logger, GELF, structlog and OpenTelemetry put the message."""

LEVEL_PATHS: tuple[FieldPath, ...] = (
    ("level",),
    ("levelname",),
    ("severity",),
    ("log", "level"),
    ("log.level",),
    ("loglevel",),
    ("log_level",),
    ("Level",),
    ("lvl",),
    ("SeverityText",),
    ("severityText",),
)
"""Where they, and the Elastic Common Schema, put the level."""


class JsonFormat:
    """Events that are JSON objects: each scalar becomes a field by its path, arrays stay JSON text."""

    id = "json"
    source = "https://www.rfc-editor.org/rfc/rfc8259"

    def matches(self, raw: Strings) -> Booleans:
        """Whether an event starts and ends as an object does; the parser looks closer."""
        looks = _braced(raw)
        return looks if to_mask(looks).all() else _braced(pc.ascii_trim(raw, " \t\r\n"))

    def observe(self, raw: Strings) -> dict[FieldPath, Observed]:
        """See `observe_json`."""
        return observe_json(raw)

    def parser(self, schema: TableSchema) -> Parse:
        """Fits JSON objects to the schema; all else is plain text."""
        fitter = Fitter(schema, MESSAGE_PATHS + LEVEL_PATHS)

        def parse(raw: Strings) -> Parsed:
            return _parse_objects(fitter, raw)

        text = TextFormat().parser(schema)
        return lambda raw: route(raw, [(self.matches, parse)], text)


def _parse_objects(fitter: Fitter, raw: Strings) -> Parsed:
    fitted = fitter.fit(raw)
    messages = fitted.picked[: len(MESSAGE_PATHS)]
    levels = [normal_level(texts) for texts in fitted.picked[len(MESSAGE_PATHS) :] if texts.null_count < len(texts)]
    level = coalesce(*levels, no_level(len(raw)))
    if not to_mask(fitted.valid).all():  # looked like JSON and is none: text, with the level that text has
        level = choose(fitted.valid, level, level_in_text(raw))
    return Parsed(
        columns=fitted.columns,
        message=coalesce(*(without(texts, "") for texts in messages if texts.null_count < len(texts)), raw),
        level=level,
        rescued=fitted.rescued,
        rescued_values=fitted.rescued_values,
    )


def _braced(raw: Strings) -> Booleans:
    looks: Booleans = pc.and_(pc.starts_with(raw, "{"), pc.ends_with(raw, "}"))
    return looks
