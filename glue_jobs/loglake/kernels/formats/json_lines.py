"""One JSON object per event, as structured loggers write it, pretty-printed or not, alone or after a prefix."""

from __future__ import annotations

import ast
import json
import warnings

import pyarrow as pa

from loglake.core.schema.schema import FieldPath, InferredType, TableSchema, join_types
from loglake.kernels.arrow import Booleans, Strings, choose, coalesce, pc, texts_of, to_mask
from loglake.kernels.formats.base import TEXT, FieldTypes, Format, Parse, Parsed
from loglake.kernels.formats.levels import level_in_text, level_of_message
from loglake.kernels.formats.objects.among_text import braced, may_hold_objects
from loglake.kernels.formats.objects.embedded import OBJECT_START, Objects, with_objects
from loglake.kernels.formats.objects.paths import FittedObjects, ObjectFitter, infer_objects
from loglake.kernels.formats.shape import Groups, Shapes, adjusted, shapes_of
from loglake.kernels.formats.text_fields import routes_parser

LONGEST = 100_000
"""Characters of an event that is read so: each is read alone, far slower than JSON."""


def as_json(raw: Strings) -> Strings:
    """Texts with JSON in the place of each object that Python printed. What is none, or no JSON can hold, stays.

    Such an object is ``{'id': 17, 'ok': True}``: what ``print(event)`` leaves in the log of a function.
    """
    where = pc.starts_with(raw, "{'")
    if not pc.any(where).as_py():
        return raw
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Python warns of escapes that it does not know
        made = [_json_of(text) for text in texts_of(raw.filter(where))]
    return pc.replace_with_mask(raw, where, pa.array(made, pa.string()))


def _json_of(text: str) -> str:
    if len(text) > LONGEST:
        return text
    try:
        value = ast.literal_eval(text.strip())
        return json.dumps(value, allow_nan=False) if isinstance(value, dict) else text
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return text


PREFIX_FIELDS: FieldTypes = {"timestamp": TEXT}
"""What may be before an object, beside its level."""

_ISO = r"\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?: ?(?:Z|UTC|[+-]\d\d:?\d\d))?"
_TIMESTAMP = rf"\[?(?P<timestamp>{_ISO})\]?"
_LEVEL = r"[\[(]?(?P<level>(?i:TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|ERR|SEVERE|FATAL|CRITICAL))[\])]?"
_BETWEEN = "(?: *[:|-])? *"
_OBJECT = rf"(?P<message>{OBJECT_START}(?s:.*)\}})\s*$"

_AMONG = r'^(?P<message>\s*(?:[A-Za-z][\w./-]{0,63}[:=] *)?\{ ?"[^"\\\n]{1,256}"\s*:(?s:.*))$'
"""An object behind one word and a sign, before other text, or one that is cut off."""


def _with_level(groups: Groups) -> Groups:
    return {**groups, "level": level_in_text(groups["message"])}


PREFIXED = Shapes(
    (
        *shapes_of(
            (
                rf"^(?:{_TIMESTAMP}{_BETWEEN})?{_LEVEL}{_BETWEEN}{_OBJECT}",
                rf"^{_LEVEL}{_BETWEEN}{_TIMESTAMP}{_BETWEEN}{_OBJECT}",
                rf"^{_TIMESTAMP}{_BETWEEN}{_OBJECT}",
            ),
            PREFIX_FIELDS,
        ).shapes,
        *shapes_of((_AMONG,), {}, (adjusted(_with_level),)).shapes,
    ),
    tuple(PREFIX_FIELDS),
)
"""Objects behind a level or a timestamp, or among other text, among lines without any bare object."""


class JsonFormat(Format):
    """Events that are JSON objects: each scalar becomes a field by its path, arrays stay JSON text.

    Before an object there may be a level and a timestamp, as in ``[INFO] {"order": 17}``, or a word, as in
    ``api: {"order": 17}``. Other text may follow it, and its end may be cut off.
    """

    id = "json"
    rare = PREFIX_FIELDS

    def matches(self, raw: Strings) -> Booleans:
        """Whether an event starts as an object does, but for what `PREFIXED` has before it; the parser looks closer."""
        looks = to_mask(braced(raw))
        left = to_mask(may_hold_objects(raw)) & ~looks
        if left.any():
            looks[left] = to_mask(PREFIXED.matches(raw.filter(pa.array(left))))
        return pa.array(looks)

    def infer_types(self, raw: Strings) -> dict[FieldPath, InferredType]:
        """The fields of the objects, and of those that are the text of their messages."""
        objects = to_mask(braced(raw))
        seen = with_objects(*infer_objects(as_json(raw.filter(pa.array(objects)))))
        if objects.all():
            return seen
        return join_types([seen, PREFIXED.infer_types(raw.filter(pa.array(~objects)))])

    def parser(self, schema: TableSchema, rest: Parse | None = None) -> Parse:
        """Fits JSON objects to the schema; all else is plain text, or what the rest makes of it."""
        return routes_parser(schema, [(braced, objects_parser(schema)), *PREFIXED.routes(schema)], rest)


def objects_parser(schema: TableSchema) -> Parse:
    """Fits events that are `braced`. One whose message is the text of an object has the fields of that too."""
    fitter, inside = ObjectFitter(schema), Objects(schema)

    def parse(raw: Strings) -> Parsed:
        objects = fitter.fit(as_json(raw))
        parsed = parsed_objects(raw, objects)
        return inside.add(parsed, objects.message) if pc.any(braced(objects.message)).as_py() else parsed

    return parse


def parsed_objects(raw: Strings, objects: FittedObjects) -> Parsed:
    """Events that are objects."""
    fitted, message, level, time = objects
    if not to_mask(fitted.valid).all():  # looked like JSON and is none: text, with the level that text has
        message, level = choose(fitted.valid, message, raw), choose(fitted.valid, level, level_in_text(raw))
    unsaid = pc.and_(message.is_valid(), level.is_null())
    if pc.any(unsaid).as_py():  # as much as the text of the message says
        level = coalesce(level, level_of_message(message))
    return Parsed(fitted.columns, message, level, fitted.rescued, fitted.rescued_values, time)
