"""Apache's ``LogFormat``; its directives are at `ABOUT.source`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from loglake.errors import ConfigError
from loglake.kernels.formats.base import TEXT, TIME, WHOLE
from loglake.kernels.formats.descriptions import described
from loglake.kernels.formats.imports.format import OwnFormat
from loglake.kernels.formats.imports.layouts import layout_shape
from loglake.kernels.formats.imports.names import typed_names
from loglake.kernels.formats.imports.pieces import USER, USUAL_USER, Part, Piece, Request
from loglake.kernels.formats.imports.times import strftime_form

EXAMPLE = '%h %l %u %t "%r" %>s %b %D "%{X-Request-Id}i"'
_COMMON = '%h %l %u %t "%r" %>s %b'
_AGENT = '"%{Referer}i" "%{User-Agent}i"'
NAMED = {
    "common": _COMMON,
    "combined": f"{_COMMON} {_AGENT}",
    "vhost_common": f"%v {_COMMON}",
    "vhost_combined": f"%v:%p {_COMMON.replace('%b', '%O')} {_AGENT}",
}
"""The nicknames of the distributed configurations."""

ABOUT = described("apache")

_FIELDS = typed_names("apache")
_NAMED_BY = {"i": "", "o": "response_", "C": "cookie_", "e": "", "n": "", "^ti": "trailer_", "^to": "response_trailer_"}
"""Directives whose argument names the value, and what their columns begin with."""

_DIRECTIVE = re.compile(r"%(?:!?\d+(?:,\d+)*)?[<>]?(?:\{([^}]*)\})?[<>]?(\^?[A-Za-z]|%)")
_CONFIGURED = re.compile(r'^\s*LogFormat\s+"(.*)"(?:\s+\S+)?\s*$', re.DOTALL)
_TIME_SHAPE = r"\[\d\d/[A-Z][a-z][a-z]/\d+:\d\d:\d\d:\d\d [+-]\d+\]"
_UNITS = {"ms": ("duration_ms", WHOLE), "us": ("duration_us", WHOLE), "s": ("duration_s", WHOLE)}
_EPOCHS = {"sec": "%s", "msec": "%i", "usec": "%6"}
_FRACTIONS = {"msec_frac": "time_ms", "usec_frac": "time_us"}


def apache_format(layout: str) -> OwnFormat:
    """The format of a layout: the string of ``LogFormat``, or the whole directive, or a nickname such as ``combined``.

    Raises:
        ConfigError: a directive is not known, or there is none.
    """
    found = _CONFIGURED.match(layout)
    text = NAMED.get(layout.strip()) or (found[1] if found else layout)
    pieces = list(_pieces(text.replace('\\"', '"').replace("\\t", "\t"), layout))
    return OwnFormat("apache", ABOUT, [layout_shape(_timed(pieces), layout, blank="-")])


def _timed(pieces: list[Piece]) -> list[Piece]:
    """With times as text if their zone is a value of its own: alone, such a time is no point in time."""
    forms = [form for piece in pieces if isinstance(piece, Part) for form in piece.forms]
    if not any("<zone>" in form.groups and not form.is_complete for form in forms):
        return pieces
    return [
        replace(piece, seen=TEXT)
        if isinstance(piece, Part) and any(form.groups and "<zone>" not in form.groups for form in piece.forms)
        else piece
        for piece in pieces
    ]


def _pieces(layout: str, shown: str) -> Iterator[Piece]:
    at = 0
    while at < len(layout):
        found = _DIRECTIVE.match(layout, at)
        if not found:
            if layout[at] == "%":
                raise ConfigError(f"layout: {shown!r} has {layout[at : at + 8]!r}, which is not a directive of Apache")
            end = layout.find("%", at)
            end = len(layout) if end < 0 else end
            yield layout[at:end]
            at = end
            continue
        letter, end = found[2], found.end()
        if letter == "^":
            raise ConfigError(f"layout: {shown!r} has {found[0]!r}, which is not a directive of Apache")
        if letter.startswith("^"):
            long = re.match(r"\^(?:ti|to|FU|FB)", layout[found.start(2) :])
            letter, end = (long[0], found.start(2) + len(long[0])) if long else (letter, end)
        yield from _piece(letter, found[1], layout[at - 1 : at] == '"', f"layout: {shown!r} has {layout[at:end]!r}")
        at = end


def _piece(letter: str, argument: str | None, is_quoted: bool, where: str) -> Iterator[Piece]:
    if letter == "%":
        yield "%"
    elif letter == "r":
        yield Request(("method", "uri", "protocol")) if is_quoted else Part("request")
    elif letter == "t":
        yield _time(argument)
    elif letter in _NAMED_BY and argument:
        yield Part(_NAMED_BY[letter] + re.sub(r"\W+", "_", argument.lower()))
    elif letter == "T" and argument:
        if argument not in _UNITS:
            raise ConfigError(f"{where}: its unit is one of {', '.join(_UNITS)}")
        yield Part(*_UNITS[argument])
    elif letter == "P" and argument in {"tid", "hextid"}:
        yield Part("tid", WHOLE if argument == "tid" else TEXT)
    elif letter in {"a", "h", "p"} and argument:
        name, seen = _FIELDS[letter]
        yield Part(f"{argument}_{name}" if argument in {"c", "local", "remote"} else name, seen)
    elif letter in _FIELDS:
        name, seen = _FIELDS[letter]
        is_user = letter == "u" and not is_quoted
        yield Part(name, seen, USER if is_user else "", usual=USUAL_USER if is_user else "")
    else:
        raise ConfigError(f"{where}, which is not a directive with a value: see {ABOUT.source}")


def _time(argument: str | None) -> Piece:
    if argument is None:
        return Part("time", TIME, _TIME_SHAPE, (strftime_form("[%d/%b/%Y:%H:%M:%S %z]"),), usual=_TIME_SHAPE)
    form = argument.partition(":")[2] if argument.startswith(("begin:", "end:")) else argument
    if form in _FRACTIONS:
        return Part(_FRACTIONS[form], WHOLE, r"\d+")
    made = strftime_form(_EPOCHS.get(form, form))
    return Part("time", TIME if made.is_complete else TEXT, made.pattern, (made,))
