"""Times by a form, such as ``%d/%b/%Y:%H:%M:%S %z`` or Java's ``dd MMM yyyy HH:mm:ss``: their shape and their value.

A form becomes a pattern whose groups are put together to ISO 8601, a column at a time; `text_times` reads that.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import pyarrow as pa

from loglake.errors import ConfigError
from loglake.kernels.arrow import NO_STRING, Strings, choose, coalesce, lookup, matches, nulls, pc
from loglake.kernels.formats.text_times import to_times

_MONTHS = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"
_DAYS = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*"

_PARTS = {
    "year": (r"\d{4}",),
    "short_year": (r"\d{2}",),
    "month": (r"\d{1,2}",),
    "month_name": (f"{_MONTHS}", "[a-z]*"),
    "day": (r"\d{1,2}",),
    "hour": (r"\d{1,2}",),
    "half_hour": (r"\d{1,2}",),
    "minute": (r"\d{2}",),
    "second": (r"\d{2}",),
    "fraction": (r"\d{1,9}",),
    "half_day": ("[AaPp][Mm]",),
    "zone": (r"Z|[+-]\d{2}:?\d{2}|[A-Z]{3,5}",),
}
"""What a part looks like, and what belongs to it without a meaning."""

_STRFTIME = {
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
        if literal:
            parts.append(("", literal))
        elif letter == "%":
            parts.append(("", "%"))
        elif letter in {"a", "A"}:
            parts.append(("name", ""))
        elif letter in _EPOCH:
            parts.append(("epoch", _EPOCH[letter]))
        elif letter in _STRFTIME:
            parts += [("blank", "")] if letter in _PADDED else []
            parts.append((_STRFTIME[letter], ""))
        else:
            known = " ".join(f"%{each}" for each in sorted({*_STRFTIME, *_STRFTIME_SHORT, *_EPOCH, "a", "A"}))
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
    pattern, groups, there = "", "", set[str]()
    for kind, text in parts:
        if kind in _PARTS:
            shape, *rest = _PARTS[kind]
            pattern += f"(?:{shape}){''.join(rest)}"
            groups += f"(?:{shape})" if kind in there else f"(?P<{kind}>{shape})"
            groups += "".join(rest)
            there.add(kind)
        else:
            shape = {"name": _DAYS, "blank": " ?", "epoch": text}.get(kind) or _literal(text)
            pattern, groups = pattern + shape, groups + shape
            there |= {"epoch"} if kind == "epoch" else set()
    if "epoch" in there:
        return TimeForm(pattern, "", is_complete=True)
    return TimeForm(pattern, f"^{groups}$", is_complete=_is_complete(there))


def _literal(text: str) -> str:
    return re.sub(r"(?:\\? )+", " +", re.escape(text))


def _is_complete(there: set[str]) -> bool:
    has_hour = "hour" in there or {"half_hour", "half_day"} <= there
    has_date = there & {"year", "short_year"} and there & {"month", "month_name"} and "day" in there
    return bool(has_date) and has_hour and "minute" in there


_month_number = lookup({name: f"{number:02}" for number, name in enumerate(_MONTHS.split("|"), 1)})
_hour_of = lookup(
    {f"{hour:02}{half}": f"{hour % 12 + 12 * (half == 'PM'):02}" for hour in range(1, 13) for half in ("AM", "PM")}
)
_utc = lookup(dict.fromkeys(("Z", "UTC", "GMT", "+0000", "+00:00", "-0000", "-00:00"), "Z"))
_OFFSET = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?[+-]\d\d:?\d\d$"


def to_iso(texts: Strings, forms: Sequence[TimeForm]) -> Strings:
    """Times of any of the forms as ISO 8601, in UTC; what has none of them, or is no day or hour, stays as it is."""
    unique = pc.unique(texts)
    if 2 * len(unique) > len(texts):
        return _to_iso(texts, forms)
    return pc.take(_to_iso(unique, forms), pc.index_in(texts, unique))  # many events a second have few times


def _to_iso(texts: Strings, forms: Sequence[TimeForm]) -> Strings:
    iso_times: Strings = nulls(len(texts), pa.string())
    for form in forms:
        if not form.groups or not form.is_complete or not pc.any(matches(texts, form.groups)).as_py():
            continue
        iso = _in_utc(_assembled(texts, form))
        iso_times = coalesce(iso_times, choose(pc.invert(pa.array(to_times(iso)[1])), iso, NO_STRING))
        if iso_times.null_count == texts.null_count:
            break
    return coalesce(iso_times, texts)


def _assembled(texts: Strings, form: TimeForm) -> Strings:
    """ISO 8601 of the texts of a form; null for the others."""
    groups = pc.extract_regex(texts, form.groups)
    parts: dict[str, Strings] = {field.name: pc.struct_field(groups, field.name) for field in groups.type}
    year = parts["year"] if "year" in parts else _whole_year(parts["short_year"])
    months = parts.get("month_name")
    month = _two_digits(parts["month"]) if months is None else _month_number(months)
    if "half_day" in parts and "half_hour" in parts:
        half_day = pc.utf8_upper(parts["half_day"])
        hour = _hour_of(pc.binary_join_element_wise(_two_digits(parts["half_hour"]), half_day, ""))
    else:
        hour = _two_digits(parts["hour"])
    pieces = [year, "-", month, "-", _two_digits(parts["day"]), "T", hour, ":", parts["minute"]]
    pieces += [":", parts.get("second", "00")]
    pieces += [".", parts["fraction"]] if "fraction" in parts else []
    pieces += [coalesce(_utc(parts["zone"]), parts["zone"])] if "zone" in parts else ["Z"]
    return pc.binary_join_element_wise(*pieces, "")


def _whole_year(texts: Strings) -> Strings:
    """69 to 99 are of the last century, as in POSIX.

    https://pubs.opengroup.org/onlinepubs/9799919799/functions/strptime.html
    """
    return pc.binary_join_element_wise(choose(pc.greater_equal(texts, "69"), "19", "20"), texts, "")


def _two_digits(texts: Strings) -> Strings:
    return pc.utf8_lpad(texts, 2, "0")


def _in_utc(texts: Strings) -> Strings:
    """Without offsets: `to_times` reads them, but slowly."""
    with_offset = pc.fill_null(matches(texts, _OFFSET), False)
    if not pc.any(with_offset).as_py():
        return texts
    try:
        utc = texts.filter(with_offset).cast(pa.timestamp("us", "UTC")).cast(pa.string())
    except pa.ArrowInvalid:  # February 30, and the like
        return texts
    return pc.replace_with_mask(texts, with_offset, utc)
