"""Where structured loggers put message and level in a JSON object."""

from __future__ import annotations

from collections.abc import Sequence

from loglake.core.schema.schema import FieldPath
from loglake.kernels.arrow import Strings, choose, coalesce, without
from loglake.kernels.formats.levels import letter_level, no_level, normal_level, severity_number

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
    ("body", "stringValue"),
    ("body",),
    ("RenderedMessage",),
    ("@m",),
    ("MessageTemplate",),
    ("@mt",),
)
"""Where pino, bunyan, zap, log4j, logback, python-json-logger, GELF, structlog, OpenTelemetry and Serilog put it."""

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
    ("severity_text",),
    ("logLevel",),
    ("LogLevel",),
    ("LEVEL",),
    ("Severity",),
    ("@l",),
)
"""Where they, the Elastic Common Schema, .NET and Serilog put the level."""

NUMBER_PATHS: tuple[FieldPath, ...] = (("severityNumber",), ("SeverityNumber",), ("severity_number",))
"""Where OpenTelemetry puts its number for the level."""

LETTER_PATHS: tuple[FieldPath, ...] = (("s",),)
"""Where MongoDB puts its letter for the level, beside ``msg``."""

PATHS = MESSAGE_PATHS + LEVEL_PATHS + NUMBER_PATHS + LETTER_PATHS


def message_and_level(picked: Sequence[Strings]) -> tuple[Strings, Strings]:
    """Message and level of objects, null where they have none, from the texts at `PATHS`."""
    there = [(path, texts) for path, texts in zip(PATHS, picked) if texts.null_count < len(texts)]
    nothing = no_level(len(picked[0]))
    messages = [without(texts, "") for path, texts in there if path in MESSAGE_PATHS]
    levels = [_level(path, texts) for path, texts in there if path not in (*MESSAGE_PATHS, *LETTER_PATHS)]
    messages_of_mongodb = dict(zip(PATHS, picked))[("msg",)]
    for path, texts in there:
        if path in LETTER_PATHS:
            levels.append(choose(messages_of_mongodb.is_valid(), letter_level(texts), nothing))
    return coalesce(*messages, nothing), coalesce(*levels, nothing)


def _level(path: FieldPath, texts: Strings) -> Strings:
    if path in NUMBER_PATHS:
        return severity_number(texts)
    return coalesce(normal_level(texts), letter_level(texts))
