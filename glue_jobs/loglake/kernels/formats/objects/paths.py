"""Where structured loggers put message and level in a JSON object, and which fields only repeat them.

A field repeats the envelope if its text equals the message, or the level in any letter case. It gets no column as long
as samples show nothing else at its path. Then such a text is not rescued, because the envelope has it; any other text
at the path is rescued.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Callable, NamedTuple

from loglake.core.schema.schema import FieldPath, InferredType, TableSchema
from loglake.kernels.arrow import NO_STRING, Mask, Strings, choose, coalesce, pc, to_mask, without
from loglake.kernels.formats.base import TEXT
from loglake.kernels.formats.levels import (
    letter_level,
    named_level,
    nextcloud_level,
    no_level,
    normal_level,
    normal_or_letter,
    plain_level,
    severity_number,
    syslog_level,
)
from loglake.kernels.formats.objects.trace_headers import HEADER_PATHS, header_ids, id_filler
from loglake.kernels.formats.times.paths import time_reader
from loglake.kernels.json.fit import Fitter
from loglake.kernels.json.fitted import Fitted
from loglake.kernels.json.infer_types import infer_and_pick


def paths_of(names: str) -> tuple[FieldPath, ...]:
    """Paths of fields, each as a text with points between its parts."""
    return tuple(tuple(name.split(".")) for name in names.split())


MESSAGE_PATHS = paths_of(
    "message msg log @message Message short_message event textPayload Body body.stringValue body RenderedMessage @m "
    "MessageTemplate @mt MESSAGE formattedMessage fields.message record.message jsonPayload.message data.message "
    "payload.message"
)
"""Where pino, bunyan, zap, log4j, logback, python-json-logger, GELF, structlog, OpenTelemetry and others put it.

``formattedMessage`` is of logback-contrib's layout.
"""

LEVEL_PATHS: tuple[FieldPath, ...] = (
    *paths_of("level levelname severity log.level"),
    ("log.level",),
    *paths_of("loglevel log_level Level lvl SeverityText severityText severity_text logLevel LogLevel LEVEL Severity"),
    *paths_of("@level levelName level_name @l"),
)
"""Where they, the Elastic Common Schema, .NET and Serilog put the level."""

OTHER_LEVEL_PATHS = paths_of(
    "error_severity severity_label loglvl log_severity sev loggingLevel LevelDisplayName levelText level_text levelStr "
    "@severity severity_name record.level.name log.severity log.Level Log.Level jsonPayload.severity"
)
"""Where PostgreSQL's jsonlog, loguru, Windows' events and many others put its name. These stay columns, too."""

WORD_PATHS = paths_of(
    "level.name data.level attributes.level fields.level payload.level logger.level jsonPayload.level meta.level "
    "event.level priority status type"
)
"""Where a level may be, as at Datadog's ``status``, beside much else: only a level's full name is one."""

_SHORT_MESSAGE, _SHORT_LEVEL = paths_of("M L")
"""Where zap's development configuration puts them: one is known by the other, because a letter may be anything."""

_LEVEL_RULES: Sequence[tuple[FieldPath, Callable[[Strings], Strings], Sequence[FieldPath]]] = (
    (("level",), syslog_level, paths_of("short_message")),  # GELF's number
    *((path, normal_or_letter, ()) for path in LEVEL_PATHS),
    # OpenTelemetry's number
    *((path, severity_number, ()) for path in paths_of("severityNumber SeverityNumber severity_number")),
    (("PRIORITY",), syslog_level, paths_of("MESSAGE")),  # journald's number
    (("s",), letter_level, paths_of("msg c")),  # MongoDB's letter; c is the component
    (_SHORT_LEVEL, normal_level, (_SHORT_MESSAGE,)),
    *((path, named_level, ()) for path in OTHER_LEVEL_PATHS),
    *((path, plain_level, ()) for path in WORD_PATHS),
    (("level",), nextcloud_level, paths_of("reqId app remoteAddr")),
)
"""Where a level may be, the surest first, how it is read, and what an object of that kind has beside it."""

PATHS = (
    *dict.fromkeys((*MESSAGE_PATHS, *(each for path, _, beside in _LEVEL_RULES for each in (path, *beside)))),
    *HEADER_PATHS,
)

LEVELS = frozenset((*LEVEL_PATHS, _SHORT_LEVEL))
"""All paths of a level's name."""

_REPEATING = frozenset((*MESSAGE_PATHS, _SHORT_MESSAGE)) | LEVELS


def message_and_level(picked: Sequence[Strings]) -> tuple[Strings, Strings]:
    """Message and level of objects, null if they have none, from the texts at `PATHS`."""
    there = {path: texts for path, texts in zip(PATHS, picked) if texts.null_count < len(texts)}
    nothing = no_level(len(picked[0]))
    messages = [without(there[path], "") for path in MESSAGE_PATHS if path in there]
    levels = []
    for path, level_of, beside in _LEVEL_RULES:
        if not there.keys() >= {path, *beside}:
            continue
        level = level_of(there[path])
        for each in beside:
            level = choose(there[each].is_valid(), level, nothing)
        levels.append(level)
        if path == _SHORT_LEVEL:
            messages.append(choose(level.is_valid(), without(there[_SHORT_MESSAGE], ""), nothing))
    if ("@mt",) in there:  # https://clef-json.org: without @l it is Information
        is_unsaid = pc.and_(there[("@mt",)].is_valid(), there.get(("@l",), nothing).is_null())
        levels.append(choose(is_unsaid, "INFO", nothing))
    return coalesce(*messages, nothing), coalesce(*levels, nothing)


def differing(texts: Strings, envelope: Strings, *, is_level: bool) -> Mask:
    """Which events have a text at a field that does not repeat this column of the envelope."""
    same = pc.equal(pc.ascii_upper(texts) if is_level else texts, envelope)
    return to_mask(pc.and_(texts.is_valid(), pc.invert(pc.fill_null(same, False))))


def infer_objects(
    raw: Strings, level: Strings | None = None, said: Strings | None = None
) -> tuple[dict[FieldPath, InferredType], Strings, Strings]:
    """As `infer_json_types`, for objects with message and level at the usual paths, and these of each object.

    Args:
        raw: the objects.
        level: what a prefix says of them: see `_first_level`.
        said: the message of a prefix, which comes before their own.
    """
    seen, picked = infer_and_pick(raw, PATHS)
    message, own = message_and_level(picked)
    own = _first_level(level, own, message)
    message = message if said is None else coalesce(said, message)
    lost = _differing(picked, message, own)
    spare = {path for path, each in seen.items() if each.repeats and path in _REPEATING} - lost.keys()
    types = {path: replace(each, repeats=path in spare) for path, each in seen.items()}
    ids = dict.fromkeys(header_ids(_headers(picked)), TEXT)
    return {**types, **{path: each for path, each in ids.items() if path not in types}}, message, own


def _first_level(prefix: Strings | None, own: Strings, message: Strings) -> Strings:
    """A prefix's level, else an object's own. That of one with a message, too, comes before ``INFO``.

    Such an object is the record of an event, and platforms say ``INFO`` of whatever an application prints.
    """
    if prefix is None:
        return own
    is_wrapped = pc.and_(message.is_valid(), pc.fill_null(pc.equal(prefix, "INFO"), False))
    return coalesce(choose(is_wrapped, own, NO_STRING), prefix, own)


def _headers(picked: Sequence[Strings]) -> Sequence[Strings]:
    return picked[-len(HEADER_PATHS) :]


class FittedObjects(NamedTuple):
    """Objects in a table's columns, with their own message and time, and their level, null if none."""

    fitted: Fitted
    message: Strings
    level: Strings
    time: Strings | None


class ObjectFitter:
    """Fits JSON objects with message and level at the usual paths."""

    def __init__(self, schema: TableSchema) -> None:
        self._fitter = Fitter(schema, PATHS, leave=_REPEATING)
        self._with_ids = id_filler(schema)
        self._time_of = time_reader(schema)

    def fit(self, raw: Strings, level: Strings | None = None, said: Strings | None = None) -> FittedObjects:
        """Fits texts that start and end as objects do: see `Fitter.fit`.

        Args:
            raw: the objects.
            level: what a prefix says of them: see `_first_level`.
            said: the message of a prefix, which comes before their own.
        """
        fitted = self._fitter.fit(raw)
        message, own = message_and_level(fitted.picked)
        level = _first_level(level, own, message)
        first = message if said is None else coalesce(said, message)
        lost = _differing(fitted.left, first, level)
        kept = self._fitter.rescue_left(raw, fitted, lost)
        columns = self._with_ids(kept.columns, _headers(kept.picked))
        return FittedObjects(replace(kept, columns=columns), message, level, self._time_of(columns))


def _differing(texts: Sequence[Strings], message: Strings, level: Strings) -> Mapping[FieldPath, Mask]:
    """By the path of a field, the events with a text there that is not in the envelope, if any."""
    picked = zip(PATHS, texts)
    there = {path: each for path, each in picked if path in _REPEATING and each.null_count < len(each)}
    masks = {
        path: differing(each, level if path in LEVELS else message, is_level=path in LEVELS)
        for path, each in there.items()
    }
    return {path: mask for path, mask in masks.items() if mask.any()}
