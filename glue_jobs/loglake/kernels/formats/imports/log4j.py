"""log4j's and logback's PatternLayout: what a conversion is called, and what it looks like.

https://logging.apache.org/log4j/2.x/manual/pattern-layout.html and https://logback.qos.ch/manual/layouts.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from loglake.core.near_names import meant
from loglake.errors import ConfigError
from loglake.kernels.formats.base import TEXT, TIME, WHOLE, about_of
from loglake.kernels.formats.imports.format import OwnFormat
from loglake.kernels.formats.imports.layouts import Part, Slot, layout_shape
from loglake.kernels.formats.imports.names import NAMES, typed_names
from loglake.kernels.formats.imports.re2 import check_size
from loglake.kernels.formats.imports.times import TimeForm, java_form, strftime_form

_LOOKS: Mapping[str, str] = NAMES["log4j"]["looks"]
_FIELDS = typed_names("log4j")
_KEYED, _NOTHING, _AROUND = (tuple(NAMES["log4j"][key].split()) for key in ("keyed", "nothing", "around"))
_IDS = {"traceId": "trace_id", "spanId": "span_id", "requestId": "request_id", "correlationId": "correlation_id"}
_DATES = ("d", "date")
_OPTIONAL = frozenset({"notEmpty", "varsNotEmpty", "variablesNotEmpty"})
_KNOWN = sorted([*_FIELDS, *_KEYED, *_DATES, *_NOTHING, *_AROUND], key=len, reverse=True)

_NAMED_DATES: Mapping[str, str | list[str]] = NAMES["log4j"]["dates"]
_UTC_NAMES = frozenset({"UTC", "GMT", "Z", "UTC+0", "GMT+0"})
"""In another time zone, a time that does not name it is not a point in time."""

_ZONE = re.compile(r",\s*(?!(?P<letter>[A-Z])(?P=letter)+\b|S+[XxZzO]*\b)(?P<zone>[A-Z]\w+(?:/\w+)?)(?:,\s*\w+)?$")
"""logback takes a zone, and a locale after it, at the end of a date. Letters of the date itself are no zone."""

_EPOCH_DATES = {"UNIX": "%s", "UNIX_MILLIS": "%i"}
DEEPEST = 20

_TOKEN = re.compile(r"\\(.)|%(-?0?\d+)?(?:\.-?\d+)?([A-Za-z]+|\(|%)|[^\\%]+|.", re.DOTALL)
_DEFAULTED = re.compile(r"\$\{([^{}:]+)(?::-([^{}]*))?\}")


def log4j_format(layout: str) -> OwnFormat:
    """The format of a PatternLayout.

    Raises:
        ConfigError: a conversion is not known, or there is none.
    """
    check_size(layout, layout)
    parts = _merged(_parts(_with_defaults(layout), layout))
    while parts and (isinstance(parts[-1], str) and not parts[-1].strip()):
        parts.pop()
    return OwnFormat("log4j", [layout_shape(parts, layout, loose_spaces=True)])


def _with_defaults(layout: str) -> str:
    """``${NAME:-default}`` is its default, but a process is a number."""

    def replaced(match: re.Match[str]) -> str:
        if match[1] in {"PID", "sys:PID"}:
            return "%pid"
        return f"%X{{{match[1]}}}" if match[2] is None else match[2]

    before = ""
    while before != layout and len(layout) < 10_000:
        before, layout = layout, _DEFAULTED.sub(replaced, layout)
    return layout


def _merged(parts: Iterator[Part]) -> list[Part]:
    """With literals that follow each other as one."""
    merged: list[Part] = []
    for part in parts:
        if isinstance(part, str) and merged and isinstance(merged[-1], str):
            merged[-1] += part
        else:
            merged.append(part)
    return merged


def _parts(layout: str, shown: str, depth: int = 0) -> Iterator[Part]:
    if depth > DEEPEST:
        raise ConfigError(f"layout: {shown[:80]!r} has conversions in each other, more than {DEEPEST} levels deep")
    at = 0
    while token := _TOKEN.match(layout, at):
        at = token.end()
        escaped, padding, word = token.groups(default="")
        if not word or word == "%":
            yield {"t": "\t", "n": ""}.get(escaped, escaped) if escaped else word or token[0]
            continue
        name = "(" if word == "(" else next((each for each in _KNOWN if word.startswith(each)), "")
        if not name:
            raise ConfigError(_unknown(word, shown))
        arguments, at = _arguments(layout, token.start(3) + (0 if name == "(" else len(name)))
        if padding and not padding.startswith("-"):
            yield Slot("", shape=" *")
        yield from _parts_of(name, arguments, shown, depth)
        if padding.startswith("-"):
            yield Slot("", shape=" *")


def _arguments(layout: str, at: int) -> tuple[list[str], int]:
    """What is in the brackets or braces that follow a conversion, and where they end."""
    arguments: list[str] = []
    while at < len(layout) and layout[at] in "({" and not (arguments and layout[at] == "("):
        opens, closes = layout[at], ")" if layout[at] == "(" else "}"
        depth, end = 0, at
        while end < len(layout):
            if layout[end] == "\\":
                end += 1
            else:
                depth += (layout[end] == opens) - (layout[end] == closes)
            end += 1
            if not depth:
                break
        arguments.append(layout[at + 1 : end - 1])
        at = end
    return arguments, at


def _parts_of(name: str, arguments: list[str], shown: str, depth: int) -> Iterator[Part]:
    if name == "(" or name in _AROUND:
        inner = arguments[0] if arguments else ""
        yield from [Slot("", shape="(?:")] if name in _OPTIONAL else []
        yield from _parts(inner, shown, depth + 1)
        yield from [Slot("", shape=")?")] if name in _OPTIONAL else []
    elif name in _DATES:
        yield _date(*arguments[:2])
    elif name in _KEYED:
        key = arguments[0].partition(":")[0].partition(",")[0] if arguments else ""
        yield Slot(_IDS.get(key, key) or "mdc", TEXT, "" if key else r"[^\n]*?")
    elif name not in _NOTHING:
        field, seen = _FIELDS[name]
        looks = _LOOKS.get(field, r"\d+" if seen is WHOLE else "")
        yield Slot(field, seen, looks, has_spaces=field == "thread")


def _date(text: str = "", zone: str = "UTC") -> Slot:
    text = re.sub(r'^"(.*)"$', r"\1", text.strip())
    if text in _EPOCH_DATES:
        forms: tuple[TimeForm, ...] = (strftime_form(_EPOCH_DATES[text]),)
    else:
        match = None if text in _NAMED_DATES else _ZONE.search(text)
        text, zone = (text[: match.start()], match["zone"]) if match else (text, zone)
        dates = _NAMED_DATES.get(text, text)
        forms = tuple(java_form(each) for each in ([dates] if isinstance(dates, str) else dates))
    has_zone = zone in _UTC_NAMES or all("<zone>" in form.groups or not form.groups for form in forms)
    is_time = has_zone and all(form.is_complete for form in forms)
    return Slot("timestamp", TIME if is_time else TEXT, "|".join(f"(?:{form.pattern})" for form in forms), forms)


def _unknown(word: str, shown: str) -> str:
    near = meant(f"%{word}", (f"%{each}" for each in _KNOWN), cutoff=0.5) or f"see {about_of('log4j').source}"
    return f"layout: {shown!r} has %{word}, which is not a known conversion: {near}"
