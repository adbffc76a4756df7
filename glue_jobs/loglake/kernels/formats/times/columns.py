"""Reads a column of times."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta, timezone, tzinfo

import numpy as np
import pyarrow as pa

from loglake.core.schema.schema import ColumnType
from loglake.kernels.arrow import (
    NO_STRING,
    Array,
    Booleans,
    Int64s,
    Mask,
    Strings,
    by_value,
    choose,
    coalesce,
    constants,
    contains,
    matches,
    no_mask,
    nulls,
    pc,
    texts_of,
    to_mask,
    without,
)
from loglake.kernels.formats.times.layouts import LAYOUTS, MONTHS, TAI_AHEAD, unnamed
from loglake.kernels.formats.times.zones import zone_in
from loglake.kernels.json.scalars import ARROW_TYPES, convert_texts

_ANY = "|".join(unnamed(layout) for layout in LAYOUTS.values())
_PLAIN = r"^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d{1,6})?Z$"
_SECONDS, _MILLISECONDS, _MICROSECONDS = r"^\d{10}$", r"^\d{13}$", r"^\d{16}$"
_FEW = 8
"""So few texts are looked at one by one: to compile the pattern of all layouts takes longer."""

_EPOCH = r"^(?:\d{10}|\d{13}|\d{16}|\d{19})(?:\.\d+)?$"
"""Other numbers of digits may be anything: ``20261121`` is a date."""

_TIMESTAMP = ARROW_TYPES[ColumnType.TIMESTAMP]
_LOG_TIME = pa.timestamp("ms", "UTC")
_NANOSECONDS, _LOCAL_NANOSECONDS = pa.timestamp("ns", "UTC"), pa.timestamp("ns")
_DATE_AND_CLOCK = 19
_UNITS = {10: "s", 13: "ms", 16: "us", 19: "ns"}
"""Of numbers since 1970, by their digits, from 2001 to 2286. An ISO 8601 text of so many characters is no number."""

_NO_TIME = pa.nulls(1, pa.int64())[0]
_MONTH_NAMES = constants(MONTHS)
_OF_MICROSECONDS = 16
"""Digits, since 2001."""

_NONE, _NOON, _DAY_HOURS, _MINUTE, _OF_LAST_CENTURY = -1, 12, 24, 60, 69
_US_PER_DAY, _US_PER_MINUTE = 86_400_000_000, 60_000_000
_YEAR_US = 366 * _US_PER_DAY
_QUARTER_US = 900_000_000
"""Of an hour: no zone's offset changes more often."""


def log_times(texts: Strings, zone: tzinfo | None, near: Array | None = None) -> Array:
    """The times that events say, as ``timestamp(ms, UTC)``, rounded down; null if a text is null or unsure.

    Unsure is what has no date, a day and a month that may change places (``1/2/2026``), a zone whose name several have
    (``IST``), an hour that the zone's clocks show twice or never, a number that may be something else than a time
    since 1970, and what is no time at all. Without `near` so is a year of two digits in front, or none.

    Args:
        texts: as the events have them, nothing before or behind.
        zone: of times that name none; None if it is not known: they are unsure, too.
        near: timestamps of the events, in any unit: a year that is missing is the one that comes nearest.
    """
    plain = _plain_log_times(texts, zone)
    if plain is not None:
        return plain
    around = None if near is None else near.cast(pa.timestamp("us", "UTC")).cast(pa.int64())
    if around is not None and len(around) and int(np.ptp(around.to_numpy())) > _YEAR_US // 4:
        return _log_times(texts, zone, around)
    # Many events a second have few times.
    return by_value(texts, lambda unique: _log_times(unique, zone, None if around is None else _same(around, unique)))


def _same(around: Array, unique: Strings) -> Array:
    """One of the times for each text: so near to each other they mean the same year."""
    return around.take(np.zeros(len(unique), np.int64))


def _plain_log_times(texts: Strings, zone: tzinfo | None) -> Array | None:
    """As `log_times`, if all texts are numbers of one unit, or ISO 8601 that Arrow reads; else None."""
    lengths = pc.min_max(pc.binary_length(texts)).as_py()
    shortest, longest = lengths["min"] or 0, lengths["max"]
    try:
        if unit := _UNITS.get(longest if shortest == longest else 0):
            return texts.cast(pa.int64()).cast(pa.timestamp(unit, "UTC")).cast(_LOG_TIME, safe=False)
        return _iso_log_times(texts, zone, same_length=shortest == longest) if shortest >= _DATE_AND_CLOCK else None
    except pa.ArrowInvalid:
        return None


def _iso_log_times(texts: Strings, zone: tzinfo | None, *, same_length: bool) -> Array | None:
    if contains(texts, ","):
        texts = pc.replace_substring(texts, ",", ".")
    head = texts.drop_null()[:1]
    if _is_cast(head, _NANOSECONDS):
        return texts.cast(_NANOSECONDS).cast(_LOG_TIME, safe=False)
    if not _is_cast(head, _LOCAL_NANOSECONDS):
        return None
    if zone is None and same_length and not contains(texts, "Z") and not contains(texts, "+"):
        return nulls(len(texts), _LOG_TIME)
    local = texts.cast(_LOCAL_NANOSECONDS).cast(pa.timestamp("us"), safe=False).cast(pa.int64())
    times, sure = _in_utc(pc.fill_null(local, 0).to_numpy().copy(), zone)
    return pa.array(times, mask=~(sure & to_mask(local.is_valid()))).cast(_TIMESTAMP).cast(_LOG_TIME, safe=False)


def _is_cast(texts: Strings, kind: pa.DataType) -> bool:
    """Whether Arrow reads a text so. A refusal takes long, so it is tried with one."""
    try:
        texts.cast(kind)
    except pa.ArrowInvalid:
        return False
    return True


def _log_times(texts: Strings, zone: tzinfo | None, near: Array | None) -> Array:
    times = coalesce(_times(texts, zone, near), _since_epoch(texts)[0])
    return pc.floor_temporal(times.cast(_TIMESTAMP), unit="millisecond").cast(_LOG_TIME)


def to_times(texts: Strings) -> tuple[Array, Mask]:
    """Texts as timestamps, for columns that are: by the format's own page, or by a hint. UTC if a text names no zone.

    Returns:
        The values, null if a text is null or no time, and which texts are no times, or finer than a microsecond.
    """
    if pc.all(matches(texts, _SECONDS)).as_py():
        since: Array = pc.multiply(texts.cast(pa.int64()), 1_000_000)
        return since.cast(ARROW_TYPES[ColumnType.TIMESTAMP]), no_mask(len(texts))
    odd = to_mask(pc.invert(matches(texts, _PLAIN)))
    if not odd.any():
        return convert_texts(texts, ColumnType.TIMESTAMP)
    times = by_value(texts, _odd_times)
    return times, to_mask(pc.and_(times.is_null(), texts.is_valid()))


def _odd_times(texts: Strings) -> Array:
    """As `to_times`, for texts that are not all in the plainest layout; null for a misfit."""
    times, is_exact = _since_epoch(texts)
    times = choose(is_exact, times, _NO_TIME)
    times = coalesce(times, _times(texts, timezone.utc, None, is_exact=True)).cast(_TIMESTAMP)
    left = pc.and_(times.is_null(), pc.invert(matches(texts, _EPOCH)))
    return coalesce(times, convert_texts(choose(left, texts, NO_STRING), ColumnType.TIMESTAMP)[0])


def _since_epoch(texts: Strings) -> tuple[Array, Booleans]:
    """Microseconds, rounded down, of texts that are `_EPOCH`: the first 16 digits of any; and which are exact."""
    digits = pc.replace_substring(choose(matches(texts, _EPOCH), texts, NO_STRING), ".", "")
    first = pc.utf8_slice_codeunits(pc.utf8_rpad(digits, _OF_MICROSECONDS, "0"), 0, _OF_MICROSECONDS)
    return first.cast(pa.int64()), matches(digits, rf"^\d{{1,{_OF_MICROSECONDS}}}0*$")


def _times(texts: Strings, zone: tzinfo | None, near: Array | None, *, is_exact: bool = False) -> Array:
    """Microseconds since the epoch of texts in a layout, rounded down; null for all others, and if unsure.

    Args:
        texts: see `log_times`.
        zone: of times that name none.
        near: microseconds of the events.
        is_exact: what is finer than a microsecond is unsure, too.
    """
    times: Array = nulls(len(texts), pa.int64())
    left = np.flatnonzero(to_mask(matches(texts, f"^(?:{_ANY})$") if len(texts) > _FEW else texts.is_valid()))
    while len(left):
        first = texts[int(left[0])].as_py()
        layout = next((each for each in LAYOUTS.values() if re.fullmatch(each, first, re.ASCII)), None)
        if layout is None:
            left = left[1:]
            continue
        groups = pc.extract_regex(texts.take(left), f"^(?:{layout})$")
        known = to_mask(groups.is_valid())
        rows, left = left[known], left[~known]
        around = None if near is None else near.take(rows).to_numpy()
        found, sure, has_century = _times_of(groups.filter(pa.array(known)), zone, around, is_exact=is_exact)
        sure &= has_century if around is None else has_century | (np.abs(found - around) < _YEAR_US)
        there = no_mask(len(texts))
        there[rows] = True
        times = pc.replace_with_mask(times, pa.array(there), pa.array(found, mask=~sure))
    return times


def times_in(texts: Strings, pattern: str) -> Array:
    """Timestamps of texts that have a pattern with a layout's groups; null for all others, unsure or finer ones."""
    groups = pc.extract_regex(texts, pattern)
    times, sure, _ = _times_of(groups, timezone.utc, None, is_exact=True)
    return pa.array(times, mask=~(sure & to_mask(groups.is_valid()))).cast(_TIMESTAMP)


def _times_of(groups: Array, zone: tzinfo | None, near: Int64s | None, *, is_exact: bool) -> tuple[Int64s, Mask, Mask]:
    """As `_times`, of the groups of one layout: the times, which are sure, and which have a year of four digits."""
    parts: dict[str, Strings] = {field.name: pc.struct_field(groups, field.name) for field in groups.type}
    length, sure = len(groups), ~no_mask(len(groups))
    if "tai" in parts:
        return _of_tai(_from_hex(parts["tai"]), _from_hex(parts["nanoseconds"]), is_exact=is_exact)

    def number(name: str, none: int = 0) -> Int64s:
        if name not in parts:
            return np.full(length, none)
        numbers: Int64s = pc.fill_null(without(pc.utf8_ltrim(parts[name], " +"), "").cast(pa.int64()), none).to_numpy()
        return numbers

    hour, second, year, short = number("hour"), number("second"), number("year", _NONE), number("short_year", _NONE)
    if "half" in parts:
        halves = pc.utf8_upper(parts["half"])
        is_half, is_late = to_mask(pc.not_equal(halves, "")), to_mask(pc.equal(halves, "PM"))
        sure &= ~is_half | ((hour > 0) & (hour <= _NOON))
        hour = np.where(is_half, hour % _NOON + _NOON * is_late, hour)
    month, day = number("month"), number("day")
    if "name" in parts:
        month = pc.fill_null(pc.index_in(pc.utf8_title(parts["name"]), _MONTH_NAMES), -1).to_numpy() + 1
    if "either" in parts:
        either, other = number("either"), number("other")
        month_first = (other > _NOON) | (to_mask(pc.not_equal(parts["half"], "")) if "half" in parts else False)
        sure &= (month > 0) | month_first | (either > _NOON) | (either == other)
        day = np.where(month > 0, day, np.where(month_first, other, either))
        month = np.where(month > 0, month, np.where(month_first, either, other))
    has_century = year != _NONE
    year = np.where(has_century | (short == _NONE), year, short + np.where(short < _OF_LAST_CENTURY, 2000, 1900))
    if "ordinal" in parts:
        days, fits = _days(year, np.ones_like(year), np.ones_like(year))
        days += number("ordinal") - 1
        fits &= days < _days(year + 1, np.ones_like(year), np.ones_like(year))[0]
    else:
        days, fits = _days(year, month, day) if near is None else _days_near(year, month, day, near)
    fraction = pc.fill_null(parts["fraction"], "") if "fraction" in parts else None
    nanoseconds = 0 if fraction is None else pc.utf8_rpad(fraction, 9, "0").cast(pa.int64()).to_numpy()
    clock = ((hour * 60 + number("minute")) * 60 + second) * 1_000_000 + nanoseconds // 1000
    times = days * _US_PER_DAY + clock
    sure &= fits & (hour < _DAY_HOURS) & (second < _MINUTE)
    if is_exact:
        sure &= nanoseconds % 1000 == 0
    times, zone = (times + number("bias") * _US_PER_MINUTE, timezone.utc) if "bias" in parts else (times, zone)
    for name, own in _zones(parts, length):
        times[own], known = _in_utc(times[own], zone_in(name) if name else zone)
        sure[own] &= known
    return times, sure & ((year != _NONE) if near is None else True), has_century


def _zones(parts: Mapping[str, Strings], length: int) -> Iterator[tuple[str, Mask]]:
    """The zones that times name, empty for none, and which times have each."""
    zones = pc.fill_null(pc.utf8_trim(parts["zone"], " "), "") if "zone" in parts else pa.array([""] * length)
    for name in texts_of(pc.unique(zones)):
        yield name, to_mask(pc.equal(zones, name))


def _of_tai(seconds: Int64s, nanoseconds: Int64s, *, is_exact: bool) -> tuple[Int64s, Mask, Mask]:
    """See `_times_of`."""
    sure: Mask = (nanoseconds % 1000 == 0) | (not is_exact)
    return (seconds - TAI_AHEAD) * 1_000_000 + nanoseconds // 1000, sure, ~no_mask(len(seconds))


def _from_hex(texts: Strings) -> Int64s:
    return np.array([int(text or "0", 16) for text in texts.to_pylist()], np.int64)


def _days(year: Int64s, month: Int64s, day: Int64s) -> tuple[Int64s, Mask]:
    """Days since the epoch, and which of them there are."""
    months = ((year - 1970) * 12 + month - 1).astype("datetime64[M]")
    days = months.astype("datetime64[D]") + (day - 1)
    real: Mask = (month > 0) & (month <= 12) & (day > 0) & (days.astype("datetime64[M]") == months)
    return days.astype(np.int64), real


def _days_near(year: Int64s, month: Int64s, day: Int64s, near: Int64s) -> tuple[Int64s, Mask]:
    """As `_days`; a year that is missing is the one that comes nearest."""
    around = near.astype("datetime64[us]").astype("datetime64[Y]").astype(np.int64) + 1970
    best, found = _days(np.where(year == _NONE, around, year), month, day)
    for each in (around - 1, around + 1):
        days, real = _days(each, month, day)
        better = (year == _NONE) & real & (~found | (abs(days * _US_PER_DAY - near) < abs(best * _US_PER_DAY - near)))
        best, found = np.where(better, days, best), found | better
    return best, found


def _in_utc(local: Int64s, zone: tzinfo | None) -> tuple[Int64s, Mask]:
    """Microseconds of a zone's clock as those since the epoch, and which are sure."""
    if zone is None:
        return local, no_mask(len(local))
    if (offset := zone.utcoffset(None)) is not None:
        return local - offset // timedelta(microseconds=1), ~no_mask(len(local))
    quarters, places = np.unique(local // _QUARTER_US, return_inverse=True)
    offsets = np.zeros((2, len(quarters)), np.int64)
    for number, quarter in enumerate(quarters.tolist()):
        try:
            clock = datetime(1970, 1, 1) + timedelta(seconds=quarter * _QUARTER_US // 1_000_000)
            both = [zone.utcoffset(clock.replace(fold=fold)) for fold in (0, 1)]
        except OverflowError:
            both = [timedelta(0), timedelta(1)]
        offsets[:, number] = [(each or timedelta(0)) // timedelta(microseconds=1) for each in both]
    return local - offsets[0, places], (offsets[0] == offsets[1])[places]
