"""What ``aws logs filter-log-events`` and ``aws logs get-log-events`` print as JSON.

``{"events":[{"logStreamName":…,"timestamp":…,"message":…,"ingestionTime":…,"eventId":…}, …],"nextToken":…}``, or its
list of events alone (``--query events``); several documents may follow each other. ``raw`` is the message, ``line`` the
number of the event in the file. Sources:
https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilteredLogEvent.html,
https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_OutputLogEvent.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from loglake.kernels.json.arrays import WHITE, ArrayScanner, end_of
from loglake.kernels.json.spans import members, value_end
from loglake.kernels.readers.elements import Elements, Shape, read_elements
from loglake.kernels.readers.events import Events, Fragment, Origin
from loglake.kernels.readers.payload_columns import MAX_MS, MIN_MS
from loglake.kernels.readers.payload_rows import bytes_of, id_of
from loglake.kernels.readers.saved.rows import NO_EVENT, Row, batches

NO_ELEMENT = "no whole event of `aws logs filter-log-events` or `get-log-events` from here on"

_KEYS = frozenset({"logStreamName", "timestamp", "message", "ingestionTime", "eventId"})
_SURE_KEYS = frozenset({"ingestionTime", "eventId", "logStreamName"})
"""One of them makes a list of objects a list of CloudWatch's events."""

_MARK = r"(?:\xef\xbb\xbf)?"
_OF_ANSWER = re.compile(rf'{_MARK}{WHITE}\{{{WHITE}"events"{WHITE}:{WHITE}\[')
_OF_LIST = re.compile(rf"{_MARK}{WHITE}\[")
_END_OF_ARRAY = re.compile(rf"{WHITE}\]")
_MEMBER = re.compile(rf'{WHITE},{WHITE}"(\w+)"{WHITE}:{WHITE}')
_END, _NOTHING = re.compile(rf"{WHITE}\}}"), re.compile("")
_OTHER_KEYS = frozenset(
    {"searchedLogStreams", "nextToken", "nextForwardToken", "nextBackwardToken", "NextToken", "ResponseMetadata"}
)
"""What may follow the events. The CLI adds ``NextToken`` with ``--max-items``, SDKs add ``ResponseMetadata``."""

_FIRST = re.compile(rf"{WHITE}(?=\{{)")
_MS = re.compile(r"\d{13}(?=[ \t\r\n,}])")
"""Milliseconds since the epoch, from 2001 on."""

# Python refuses integers of more than 4,300 digits; no timestamp has so many.
_decode = json.JSONDecoder(parse_int=lambda digits: int(digits) if len(digits) < 19 else digits).decode


def begins_answer(head: bytes) -> bool:
    """Whether a file begins like an answer of CloudWatch Logs, as far as its first bytes show."""
    text = head.decode("latin-1")
    answer = _OF_ANSWER.match(text)
    opened = answer or _OF_LIST.match(text)
    if not opened:
        return False
    ended = _end_of_answer(text, opened.end()) if answer else None
    if ended:  # no events
        return '"' in text[opened.end() : ended]
    keys = _event_keys(text, opened.end())
    return bool(keys) and (_ends_as_answer(text) if answer else bool(keys & _SURE_KEYS))


def _event_keys(text: str, at: int) -> set[str]:
    """The keys of the first event, as far as they are there; none if it is not one of CloudWatch's."""
    first = _FIRST.match(text, at)
    if not first:
        return set()
    found = dict(members(text, first.end()))
    if not found.keys() <= _KEYS or "message" not in found:
        return set()
    if "timestamp" in found:
        return set(found) if _MS.match(text, found["timestamp"]) else set()
    try:
        value_end(text, first.end())
    except (ValueError, RecursionError):
        return set(found)  # its end is not here yet
    return set()


def _ends_as_answer(text: str) -> bool:
    """Whether no other member than an answer's follows the events."""
    _, at = ArrayScanner(_OF_ANSWER, _end_of_answer, len(text)).scan(text)
    closed = _END_OF_ARRAY.match(text, at)
    member = _MEMBER.match(text, closed.end()) if closed else None
    return not member or member[1] in _OTHER_KEYS


def _end_of_answer(text: str, at: int) -> int | None:
    """Where an answer ends whose events end at a position."""
    found = _END_OF_ARRAY.match(text, at)
    try:
        while found and (member := _MEMBER.match(text, found.end())) and member[1] in _OTHER_KEYS:
            found = _NOTHING.match(text, value_end(text, member.end()))
    except (ValueError, RecursionError):  # the rest is not here yet, or it is none
        return None
    ended = _END.match(text, found.end()) if found else None
    return ended.end() if ended else None


def read_answers(chunks: Iterable[bytes], head: bytes, origin: Origin, block_bytes: int) -> Iterator[Events | Fragment]:
    """The events of a file; see `read_elements` for what is none.

    Args:
        chunks: its decompressed bytes in order, of any sizes.
        head: the first of these bytes.
        origin: gives the events their source and group, and their stream if they have none.
        block_bytes: the size of one step. Batches depend on it, their events don't.
    """
    is_answer = bool(_OF_ANSWER.match(head.decode("latin-1")))
    opened, closed = (_OF_ANSWER, _end_of_answer) if is_answer else (_OF_LIST, end_of(_END_OF_ARRAY))
    shape = Shape(opened, closed, NO_ELEMENT)
    return read_elements(chunks, block_bytes, shape, lambda elements: batches(_rows(elements), origin))


def _rows(elements: Elements) -> Iterator[Row | Fragment]:
    for index, (start, end, _) in enumerate(elements.found):
        event = _decode(elements.data[start:end].decode("utf-8", "surrogateescape"))
        row = _row(event, elements.number + index)
        yield row or elements.fragment(index, NO_EVENT)


def _row(event: dict[str, Any], number: int) -> Row | None:
    time_ms, text = event.get("timestamp"), event.get("message")
    if type(time_ms) is not int or not MIN_MS <= time_ms <= MAX_MS or not isinstance(text, str):
        return None
    return Row(time_ms, bytes_of(text), number, id_of(event.get("logStreamName")) or "", id_of(event.get("eventId")))
