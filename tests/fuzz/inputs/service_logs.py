"""Lines and CloudTrail records of AWS services. The kernels decide which of them have a time."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from fuzz.oracle import Entry, Event, Held, MisreadError, Text, demand

_BOM = b"\xef\xbb\xbf"
_HEADER = re.compile(rb"#.*|[a-z][a-z0-9-]*(?: [a-z][a-z0-9-]*)+\s*", re.DOTALL)
_OPENED = re.compile(r'(?:\xef\xbb\xbf)?[ \t\r\n]*\{[ \t\r\n]*"Records"[ \t\r\n]*:[ \t\r\n]*\[')
_BETWEEN = re.compile(r"[ \t\r\n,\]}]*")
_raw_decode = json.JSONDecoder(parse_int=str, parse_float=str).raw_decode


def read_lines(text: Text, entries: Sequence[Entry], rows: AbstractSet[int]) -> Held:
    """Every line that is not in quarantine, not empty and not a header."""
    _check_slices(text, entries)
    covered = [range(entry.offset, entry.offset + len(entry.data)) for entry in entries]
    lines = text.data.split(b"\n")
    events, start = [], 0
    for number, line in enumerate(lines, 1):
        shown = line.removeprefix(_BOM) if number == 1 else line
        is_quiet = number not in rows and bool(_HEADER.fullmatch(shown))
        is_tail = text.damaged and number == len(lines)
        if not any(start in span for span in covered) and shown not in (b"", b"\r") and not is_quiet:
            demand(not is_tail, "the last line before damage is not in quarantine")
            events.append(Event(number, None, shown))
        start += len(line) + 1
    return Held(events)


def read_records(text: Text, entries: Sequence[Entry], _rows: AbstractSet[int]) -> Held:
    """Every record that is not in quarantine. Nothing else but the documents' brackets may be there."""
    _check_slices(text, entries)
    ends = {entry.offset: entry.offset + len(entry.data) for entry in entries if entry.data}
    data = text.data.decode("latin-1")
    at, number = 0, 1
    events: list[Event] = []
    while at < len(data):
        step = _OPENED.match(data, at) or _BETWEEN.match(data, at)
        if at in ends:
            at, number = ends[at], number + 1
        elif step and step.end() > at:
            at = step.end() if not any(at < offset < step.end() for offset in ends) else min(o for o in ends if o > at)
        else:
            end = _record_end(data, at)
            events.append(Event(number, None, text.data[at:end]))
            at, number = end, number + 1
    return Held(events)


def _check_slices(text: Text, entries: Sequence[Entry]) -> None:
    """Checks that entries are bytes of the object."""
    for entry in entries:
        demand(text.data.startswith(entry.data, entry.offset), f"no bytes of the object: {entry!r:.700}")
    demand(bool(entries) or not text.damaged, "damage is not in quarantine")


def _record_end(data: str, at: int) -> int:
    try:
        return _raw_decode(data, at)[1]
    except (ValueError, RecursionError):
        raise MisreadError(f"neither a record nor in quarantine: {data[at : at + 300]!r}") from None
