"""Apache's ``LogFormat``; ``about.toml`` says where its directives are."""

from __future__ import annotations

import re
from collections.abc import Iterator

from loglake.errors import ConfigError
from loglake.kernels.formats.base import TEXT, TIME, WHOLE, about_of
from loglake.kernels.formats.imports.format import OwnFormat
from loglake.kernels.formats.imports.layouts import USER, USUAL_USER, Part, Slot, layout_shape
from loglake.kernels.formats.imports.names import typed_names
from loglake.kernels.formats.imports.times import strftime_form

_COMMON = '%h %l %u %t "%r" %>s %b'
_AGENT = '"%{Referer}i" "%{User-Agent}i"'
NAMED = {
    "common": _COMMON,
    "combined": f"{_COMMON} {_AGENT}",
    "vhost_common": f"%v {_COMMON}",
    "vhost_combined": f"%v:%p {_COMMON.replace('%b', '%O')} {_AGENT}",
}
"""The nicknames of the distributed configurations."""

_FIELDS = typed_names("apache")
_NAMED_BY = {"i": "", "o": "response_", "C": "cookie_", "e": "", "n": "", "^ti": "trailer_", "^to": "response_trailer_"}
"""Directives whose argument names the value, and what their columns begin with."""

_DIRECTIVE = re.compile(r"%(?:!?\d+(?:,\d+)*)?[<>]?(?:\{([^}]*)\})?[<>]?(\^(?:ti|to|FU|FB)|\^?[A-Za-z]|%)|[^%]+|%")
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
    match = _CONFIGURED.match(layout)
    text = NAMED.get(layout.strip()) or (match[1] if match else layout)
    parts = list(_parts(text.replace('\\"', '"').replace("\\t", "\t"), layout))
    return OwnFormat("apache", [layout_shape(_timed(parts), layout, blank="-")])


def _timed(parts: list[Part]) -> list[Part]:
    """With times as text if their zone is a value of its own: alone, such a time is no point in time."""
    forms = [form for part in parts if isinstance(part, Slot) for form in part.forms]
    if not any("<zone>" in form.groups and not form.is_complete for form in forms):
        return parts
    return [
        part._replace(seen=TEXT)
        if isinstance(part, Slot) and any(form.groups and "<zone>" not in form.groups for form in part.forms)
        else part
        for part in parts
    ]


def _parts(layout: str, shown: str) -> Iterator[Part]:
    for match in _DIRECTIVE.finditer(layout):
        at = match.start()
        if match[2]:
            yield from _parts_of(match[2], match[1], layout[at - 1 : at] == '"', f"layout: {shown!r} has {match[0]!r}")
        elif match[0] == "%":
            raise ConfigError(f"layout: {shown!r} has {layout[at : at + 8]!r}, which is not a directive of Apache")
        else:
            yield match[0]


def _parts_of(letter: str, argument: str | None, is_quoted: bool, where: str) -> Iterator[Part]:
    if letter == "%":
        yield "%"
    elif letter == "r":
        yield Slot("request", parts=("method", "uri", "protocol") if is_quoted else ())
    elif letter == "t":
        yield _time(argument)
    elif letter in _NAMED_BY and argument:
        yield Slot(_NAMED_BY[letter] + re.sub(r"\W+", "_", argument.lower()))
    elif letter == "T" and argument:
        if argument not in _UNITS:
            raise ConfigError(f"{where}: its unit is one of {', '.join(_UNITS)}")
        yield Slot(*_UNITS[argument])
    elif letter == "P" and argument in {"tid", "hextid"}:
        yield Slot("tid", WHOLE if argument == "tid" else TEXT)
    elif letter in {"a", "h", "p"} and argument:
        name, seen = _FIELDS[letter]
        yield Slot(f"{argument}_{name}" if argument in {"c", "local", "remote"} else name, seen)
    elif letter in _FIELDS:
        name, seen = _FIELDS[letter]
        is_user = letter == "u" and not is_quoted
        yield Slot(name, seen, USER if is_user else "", usual=USUAL_USER if is_user else "")
    else:
        raise ConfigError(f"{where}, which is not a directive with a value: see {about_of('apache').source}")


def _time(argument: str | None) -> Part:
    if argument is None:
        return Slot("time", TIME, _TIME_SHAPE, (strftime_form("[%d/%b/%Y:%H:%M:%S %z]"),), usual=_TIME_SHAPE)
    form = argument.partition(":")[2] if argument.startswith(("begin:", "end:")) else argument
    if form in _FRACTIONS:
        return Slot(_FRACTIONS[form], WHOLE, r"\d+")
    time_form = strftime_form(_EPOCHS.get(form, form))
    return Slot("time", TIME if time_form.is_complete else TEXT, time_form.pattern, (time_form,))
