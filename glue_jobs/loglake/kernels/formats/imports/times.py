"""Times by a form, such as ``%d/%b/%Y:%H:%M:%S %z`` or Java's ``dd MMM yyyy HH:mm:ss``: their shape and their value.

A form becomes a layout with the groups of `times.layouts`, which `times.columns` reads.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import pyarrow as pa

from loglake.errors import ConfigError
from loglake.kernels.arrow import Strings, by_value, coalesce, nulls
from loglake.kernels.formats.times.columns import times_in
from loglake.kernels.formats.times.layouts import MONTHS, unnamed

_DAYS = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*"

_PARTS = {
    **dict.fromkeys(("month", "day", "hour", "half_hour"), r"\d{1,2}"),
    **dict.fromkeys(("short_year", "minute", "second"), r"\d{2}"),
    **{"year": r"\d{4}", "month_name": "|".join(MONTHS), "fraction": r"\d{1,9}"},
    **{"half_day": "[AaPp][Mm]", "zone": r"Z|[+-]\d{2}:?\d{2}|[A-Z]{3,5}"},
}
"""What a part looks like."""

_GROUPS = {"month_name": "name", "half_hour": "hour", "half_day": "half"}
"""The names of their groups, if they are not the parts'."""

_STRFTIME = {
    **{"a": "name", "A": "name"},
    **{"Y": "year", "y": "short_year", "m": "month", "b": "month_name", "h": "month_name", "B": "month_name"},
    **{"d": "day", "e": "day", "H": "hour", "k": "hour", "I": "half_hour", "l": "half_hour", "M": "minute"},
    **{"S": "second", "L": "fraction", "f": "fraction", "N": "fraction", "p": "half_day", "z": "zone", "Z": "zone"},
}
_STRFTIME_SHORT = {"T": "%H:%M:%S", "F": "%Y-%m-%d", "D": "%m/%d/%y", "R": "%H:%M", "n": " ", "t": " "}
_EPOCH = {"s": r"\d{10}", "i": r"\d{13}", "6": r"\d{16}", "q": r"\d{16}"}
_PADDED = frozenset("ekl")
"""Padded with a space."""


@dataclass(frozen=True)
class TimeForm:
    """How a time is written.

    Attributes:
        pattern: RE2 without groups.
        groups: RE2 with a group for each part that counts, from start to end; empty if the text needs no rewrite.
        is_complete: it has year, month, day, hour and minute, or is a number since the epoch: so it is a point in time.
    """

    pattern: str
    groups: str
    is_complete: bool


@lru_cache(maxsize=256)
def strftime_form(form: str) -> TimeForm:
    """A form of strftime, and of lnav.

    Raises:
        ConfigError: a conversion is not known.
    """
    for letter, meaning in _STRFTIME_SHORT.items():
        form = form.replace(f"%{letter}", meaning)
    parts: list[tuple[str, str]] = []
    for match in re.finditer(r"%[-_0^#:EO]?(.)|([^%]+)|%", form):
        letter, literal = match[1], match[2]
        if literal or letter == "%":
            parts.append(("", literal or "%"))
        elif letter in _EPOCH:
            parts.append(("epoch", _EPOCH[letter]))
        elif letter in _STRFTIME:
            parts += [("blank", "")] if letter in _PADDED else []
            parts.append((_STRFTIME[letter], ""))
        else:
            known = " ".join(f"%{each}" for each in sorted({*_STRFTIME, *_STRFTIME_SHORT, *_EPOCH}))
            raise ConfigError(f"the time {form!r} has {match[0]!r}, which is not known: use {known}")
    return _form(parts)


_JAVA = {
    **{"y": "year", "u": "year", "d": "day", "H": "hour", "k": "hour", "h": "half_hour", "K": "half_hour"},
    **{"m": "minute", "s": "second", "S": "fraction", "n": "fraction", "a": "half_day", "z": "zone", "Z": "zone"},
    **{"X": "zone", "x": "zone", "O": "zone", "E": "name", "e": "name", "L": "month", "M": "month"},
}


@lru_cache(maxsize=256)
def java_form(form: str) -> TimeForm:
    """A form of SimpleDateFormat and DateTimeFormatter.

    Raises:
        ConfigError: a letter is not known.
    """
    parts: list[tuple[str, str]] = []
    for match in re.finditer(r"'((?:[^']|'')*)'|(([A-Za-z])\3*)|([^A-Za-z']+)|'", form):
        quoted, run, letter, literal = match[1], match[2], match[3], match[4]
        if run is None:
            parts.append(("", (quoted or "").replace("''", "'") or literal or "'"))
        elif letter not in _JAVA:
            raise ConfigError(f"the time {form!r} has {run!r}, which is not known: use the letters {' '.join(_JAVA)}")
        elif letter in "yu" and len(run) == 2:
            parts.append(("short_year", ""))
        elif letter in "ML" and len(run) > 2:
            parts.append(("month_name", ""))
        else:
            parts.append((_JAVA[letter], ""))
    return _form(parts)


def _form(parts: Iterable[tuple[str, str]]) -> TimeForm:
    groups, there = "", set[str]()
    for kind, text in parts:
        if kind in _PARTS:
            name = _GROUPS.get(kind, kind)
            groups += f"(?:{_PARTS[kind]})" if name in there else f"(?P<{name}>{_PARTS[kind]})"
            groups += "[a-z]*" if kind == "month_name" else ""
            there |= {kind, name}
        else:
            groups += {"name": _DAYS, "blank": " ?", "epoch": text}.get(kind) or _literal(text)
            there |= {"epoch"} if kind == "epoch" else set()
    if "epoch" in there:
        return TimeForm(unnamed(groups), "", is_complete=True)
    return TimeForm(unnamed(groups), f"^{groups}$", is_complete=_is_complete(there))


def _literal(text: str) -> str:
    return re.sub(r"(?:\\? )+", " +", re.escape(text))


def _is_complete(there: set[str]) -> bool:
    has_hour = "half_hour" not in there or "half_day" in there
    has_date = there & {"year", "short_year"} and there & {"month", "month_name"} and "day" in there
    return bool(has_date) and has_hour and {"hour", "minute"} <= there


def to_iso(texts: Strings, forms: Sequence[TimeForm]) -> Strings:
    """Times of any of the forms as ISO 8601, in UTC; what has none of them, or is no day or hour, stays as it is."""
    return by_value(texts, lambda unique: _to_iso(unique, forms))  # many events a second have few times


def _to_iso(texts: Strings, forms: Sequence[TimeForm]) -> Strings:
    iso_times: Strings = nulls(len(texts), pa.string())
    for form in forms:
        if form.groups and form.is_complete and iso_times.null_count > texts.null_count:
            iso_times = coalesce(iso_times, times_in(texts, form.groups).cast(pa.string()))
    return coalesce(iso_times, texts)
