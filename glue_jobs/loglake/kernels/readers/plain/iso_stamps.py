"""ISO 8601 times at the start of many lines at once, perhaps in a bracket: those that most log files have.

It reads less than `stamps.find_stamp` does, and never something else: lines that may have a zone other than Z, or an
odd fraction, are left to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timezone, tzinfo

import numpy as np

from loglake.kernels.arrow import Bytes, Int64s, Mask
from loglake.kernels.readers.export_timestamps import days_since_epoch, is_real_day

NO_TIME = np.iinfo(np.int64).min
"""In the place of a time."""

_WIDTH = 36
"""Bytes of a line that are looked at: a time with ten digits of a fraction, and what follows."""

_FEW = 2

_DATE_AND_TIME = 19
_LOW = np.frombuffer(b"1000-00-00 00:00:00", np.uint8)[:, np.newaxis]
_HIGH = np.frombuffer(b"2999/19/39_29:59:59", np.uint8)[:, np.newaxis]
_SEPARATORS = {4: b"-/", 7: b"-/", 10: b"T _", 13: b":", 16: b":"}
_MS_PER_DAY, _ZERO = 86_400_000, np.uint8(ord("0"))


def _table(allowed: bytes) -> Mask:
    table = np.zeros(256, np.bool_)
    table[np.frombuffer(allowed, np.uint8)] = True
    return table


_DIGIT = _table(b"0123456789")
_ENDS = _table(bytes(each for each in range(128) if not chr(each).isalnum() and chr(each) not in "+-.,_ "))
"""What may follow a time without a zone, besides a space."""

_NO_ZONE = _table(bytes(each for each in range(128) if chr(each) not in "+-" and not chr(each).isupper()))
"""What may follow a space after it, besides capitals."""

_LEVELS = tuple(
    np.frombuffer(text, np.uint8) for text in (b"TR", b"DE", b"IN", b"NO", b"WA", b"ER", b"CR", b"FA", b"SE")
)
"""Two capitals that begin a level, and no zone."""


def stamped_runs(
    lines: Sequence[bytes], data: bytes, zone: tzinfo, most_bytes: int
) -> tuple[list[int], list[tuple[int, int]]]:
    """Runs of at least three lines that all start with a time.

    Args:
        lines: the lines of `data`, without its last one, which has no end yet.
        data: these lines, with the newlines between them.
        zone: the zone of times that name none.
        most_bytes: of a line; longer ones are in no run.

    Returns:
        The time of each line, `NO_TIME` for many; and the first and the last line of each run.
    """
    ends = np.flatnonzero(np.frombuffer(data, np.uint8) == ord("\n"))
    starts = np.concatenate([[0], ends[:-1] + 1])[: len(ends)]
    times = iso_times(np.frombuffer(data, np.uint8), starts, zone)
    known = np.zeros(len(lines) + 2, np.int8)
    known[1:-1] = (times != NO_TIME) & (ends - starts <= most_bytes)
    change = np.diff(known)
    firsts, lasts = np.flatnonzero(change == 1), np.flatnonzero(change == -1) - 1
    long = lasts - firsts >= _FEW
    return times.tolist(), list(zip(firsts[long].tolist(), lasts[long].tolist()))


def iso_times(data: Bytes, starts: Int64s, zone: tzinfo) -> Int64s:
    """Milliseconds since the epoch of each line that starts with such a time; `NO_TIME` for all others.

    Args:
        data: the bytes.
        starts: offsets of line starts in `data`.
        zone: the zone of times that name none. They are left out if it is more than an offset.
    """
    times = np.full(len(starts), NO_TIME, np.int64)
    if not len(starts):
        return times
    starts = starts + ((data[starts] == ord("[")) & (starts + 1 < len(data)))
    places = np.flatnonzero(_DIGIT[data[starts]])
    if not len(places):
        return times
    every = np.concatenate([data, np.full(_WIDTH, ord("\n"), np.uint8)])
    heads = np.lib.stride_tricks.sliding_window_view(every, _WIDTH)[starts[places]].T
    heads = np.ascontiguousarray(heads)
    first = heads[:_DATE_AND_TIME]
    fits = ((first >= _LOW) & (first <= _HIGH)).all(axis=0)
    for place, allowed in _SEPARATORS.items():
        fits &= _table(allowed)[first[place]]
    fits &= np.logical_and.reduce([_DIGIT[first[at]] for at in range(_DATE_AND_TIME) if at not in _SEPARATORS])
    places, heads = places[fits], heads[:, fits]
    if not len(places):
        return times
    ms, ends, known = _fractions(heads)
    is_utc, is_bare = _zones(heads, ends)
    offset = zone.utcoffset(None) if isinstance(zone, timezone) else None
    known &= is_utc if offset is None else is_utc | is_bare
    known &= ~_may_be_partial(heads, ends + is_utc)
    digits = heads[:_DATE_AND_TIME].astype(np.int32) - int(_ZERO)
    year = ((digits[0] * 10 + digits[1]) * 10 + digits[2]) * 10 + digits[3]
    month, day, hour, minute, second = (digits[at] * 10 + digits[at + 1] for at in (5, 8, 11, 14, 17))
    known &= is_real_day(year, month, day) & (hour < 24)
    found = days_since_epoch(year, month, day).astype(np.int64) * _MS_PER_DAY
    found += ((hour * 60 + minute) * 60 + second).astype(np.int64) * 1000 + ms
    if offset:
        found -= np.where(is_bare, int(offset.total_seconds() * 1000), 0)
    times[places[known]] = found[known]
    return times


def _fractions(heads: Bytes) -> tuple[Int64s, Int64s, Mask]:
    """The milliseconds, where the time ends, and whether both are sure."""
    count = heads.shape[1]
    has = (heads[_DATE_AND_TIME] == ord(".")) | (heads[_DATE_AND_TIME] == ord(","))
    digits = np.zeros(count, np.int64)
    going, ms = has.copy(), np.zeros(count, np.int64)
    for at in range(_DATE_AND_TIME + 1, _DATE_AND_TIME + 11):
        going &= _DIGIT[heads[at]]
        digits += going
        if at <= _DATE_AND_TIME + 3:
            ms = ms * 10 + np.where(going, heads[at].astype(np.int64) - int(_ZERO), 0)
    sure = ~has | ((digits > 0) & (digits < 10))
    return ms, np.where(has, _DATE_AND_TIME + 1 + digits, _DATE_AND_TIME), sure


def _zones(heads: Bytes, ends: Int64s) -> tuple[Mask, Mask]:
    """Which times are followed by Z, and which by nothing that may be a zone."""
    lines = np.arange(heads.shape[1])
    follows, second, third = (heads[ends + at, lines] for at in range(3))
    level = np.logical_or.reduce([(second == pair[0]) & (third == pair[1]) for pair in _LEVELS])
    bare: Mask = _ENDS[follows] | ((follows == ord(" ")) & (_NO_ZONE[second] | level))
    return follows == ord("Z"), bare


def _may_be_partial(heads: Bytes, ends: Int64s) -> Mask:
    """Which lines may be CRI's for stdout or stderr, since several of them may be one event."""
    lines = np.arange(heads.shape[1])
    found: Mask = np.logical_and.reduce([heads[ends + at, lines] == ord(letter) for at, letter in enumerate(" std")])
    return found
