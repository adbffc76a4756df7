"""Where structured loggers put message and level in a JSON object."""

from __future__ import annotations

from collections.abc import Sequence

from loglake.core.schema.schema import FieldPath
from loglake.kernels.arrow import Strings, coalesce, without
from loglake.kernels.formats.levels import no_level, normal_level

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

PATHS = MESSAGE_PATHS + LEVEL_PATHS


def message_and_level(picked: Sequence[Strings]) -> tuple[Strings, Strings]:
    """Message and level of objects, null where they have none, from the texts at `PATHS`."""
    there = [(path, texts) for path, texts in zip(PATHS, picked) if texts.null_count < len(texts)]
    nothing = no_level(len(picked[0]))
    messages = [without(texts, "") for path, texts in there if path in MESSAGE_PATHS]
    levels = [normal_level(texts) for path, texts in there if path in LEVEL_PATHS]
    return coalesce(*messages, nothing), coalesce(*levels, nothing)
