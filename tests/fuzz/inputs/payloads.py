"""Subscription payloads and envelopes, read document by document with Python's JSON reader."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from fuzz.oracle import Entry, Event, Held, Text, decompress, demand

_BLANK = b" \t\r\n"
_BOM = b"\xef\xbb\xbf"
_YEARS_MS = range(-62_135_596_800_000, 253_402_300_800_000)
"""The years 1 to 9999."""

_decode = json.JSONDecoder(parse_int=lambda digits: int(digits) if len(digits) < 4_300 else digits)


def read_payloads(text: Text, entries: Sequence[Entry], _rows: AbstractSet[int]) -> Held:
    """The events of all documents. Bytes that are not a document, or not an event in one, must be in quarantine."""
    demand(bool(entries) or not text.damaged, "damage is not in quarantine")
    walk = _Walk(text.data, list(entries))
    walk.documents()
    if text.damaged and walk.entries and not walk.entries[0].data:
        walk.entries.pop(0)
    demand(not walk.entries, f"entries of quarantine for nothing: {walk.entries!r:.700}")
    return Held(walk.events, walk.exact)


class _Walk:
    """Goes through an object, and takes an entry when it comes to the entry's bytes.

    Attributes:
        events: the events so far.
        entries: the entries that are left.
        exact: see `Held`.
    """

    def __init__(self, data: bytes, entries: list[Entry]) -> None:
        self.events: list[Event] = []
        self.entries = entries
        self.exact = True
        self._data = data
        self._line = 1

    def documents(self) -> None:
        """All of the object."""
        at = _skip(self._data, 0)
        text = self._data.decode("latin-1")
        while at < len(self._data):
            end = _end(text, at)
            value, is_utf8 = _value(self._data[at:end]) if end else (None, True)
            packages = _packages(value)
            if end and packages is not None:
                self._envelope(at, end, packages)
            elif self._entry_at(at) and not _is_sound(value):
                end = at + len(self._pop().data)
            else:
                demand(bool(end), f"neither a document nor in quarantine: {self._data[at : at + 300]!r}")
                self._payload(value, is_utf8, at, end)
            at = _skip(self._data, end)

    def _entry_at(self, at: int) -> bool:
        if not self.entries or not self.entries[0].data or self.entries[0].offset != at:
            return False
        return self._data.startswith(self.entries[0].data, at)

    def _pop(self) -> Entry:
        self._line += 1
        return self.entries.pop(0)

    def _payload(self, value: Any, is_utf8: bool, at: int, end: int) -> None:
        demand(_is_payload(value), f"no payload, and not in quarantine: {self._data[at:end]!r:.300}")
        for event in _events_of(value):
            if _is_event(event):
                self.events.append(_event(self._line, value, event, is_utf8))
                self._line += 1
            else:
                self._broken_event(event, at, end)

    def _broken_event(self, event: Any, at: int, end: int) -> None:
        demand(bool(self.entries), f"no event, and not in quarantine: {event!r:.300}")
        entry = self._pop()
        is_inside = at < entry.offset < end and self._data.startswith(entry.data, entry.offset)
        # As texts: NaN is not equal to itself.
        is_same = is_inside and json.dumps(_value(entry.data)[0]) == json.dumps(event)
        demand(is_same, f"{entry!r:.700} is not {event!r:.300}")

    def _envelope(self, at: int, end: int, packages: Sequence[Any]) -> None:
        """Sound packages are known exactly; damaged ones only up to their damage."""
        contents = [self._data[at:end]]
        is_whole = True
        for package in packages:
            text = _unpacked(package)
            events, is_sound = _events_in(text.data)
            self.events.extend(event._replace(line=self._line + number) for number, event in enumerate(events))
            self._line += len(events)
            is_whole &= is_sound and not text.damaged
            contents.append(text.data)
        found = self._entries_of(at)
        self.exact &= is_whole
        demand(bool(found) != is_whole, f"quarantine has {found!r:.500} of an envelope that is whole: {is_whole}")
        demand(all(any(each.data in content for content in contents) for each in found), "bytes of no package")

    def _entries_of(self, at: int) -> list[Entry]:
        found = []
        while self.entries and self.entries[0].offset == at:
            found.append(self._pop())
        return found


def _skip(data: bytes, at: int) -> int:
    """The end of white space and byte order marks at `at`."""
    while data[at : at + 1] and (data[at] in _BLANK or data.startswith(_BOM, at)):
        at += 1 if data[at] in _BLANK else len(_BOM)
    return at


def _end(text: str, at: int) -> int:
    """The end of the object at `at`, 0 if there is none. The text is bytes as Latin-1."""
    if text[at] != "{":
        return 0
    try:
        return _decode.raw_decode(text, at)[1]
    except (ValueError, RecursionError):
        return 0


def _value(data: bytes) -> tuple[Any, bool]:
    """A document, and whether it is UTF-8. If not, bad bytes are lone surrogates."""
    try:
        return _decode.decode(data.decode("utf-8")), True
    except UnicodeDecodeError:
        return _decode.decode(data.decode("utf-8", "surrogateescape")), False


def _is_payload(value: Any) -> bool:
    """Whether a document is a payload, whatever its events are."""
    if not isinstance(value, dict):
        return False
    if value.get("messageType") == "CONTROL_MESSAGE":
        return True
    names = (value.get("logGroup"), value.get("logStream"))
    is_named = all(name is None or isinstance(name, str) for name in names)
    return value.get("messageType") == "DATA_MESSAGE" and is_named and isinstance(value.get("logEvents"), list)


def _events_of(payload: Any) -> list[Any]:
    events: list[Any] = payload["logEvents"] if payload["messageType"] == "DATA_MESSAGE" else []
    return events


def _is_sound(value: Any) -> bool:
    return _is_payload(value) and all(map(_is_event, _events_of(value)))


def _is_event(event: Any) -> bool:
    return (
        isinstance(event, dict)
        and type(event.get("timestamp")) is int
        and event["timestamp"] in _YEARS_MS
        and isinstance(event.get("message"), str)
    )


def _event(line: int, payload: Any, event: Any, is_utf8: bool) -> Event:
    event_id = event.get("id")
    is_id = isinstance(event_id, str) and event_id and _encoded(event_id, "strict") is not None
    return Event(
        line=line,
        ms=event["timestamp"],
        data=_encoded(event["message"], "surrogatepass" if is_utf8 else "surrogateescape"),
        group=_name(payload.get("logGroup")),
        stream=_name(payload.get("logStream")),
        event_id=event_id if is_id else None,
    )


def _name(name: str | None) -> str | None:
    return name if name is None or _encoded(name, "strict") is not None else ANY


ANY = "\ud800"
"""A name that UTF-8 has not: what becomes of it is not looked at."""


def _encoded(text: str, errors: str) -> bytes | None:
    try:
        return text.encode("utf-8", errors)
    except UnicodeEncodeError:
        return None


def _packages(value: Any) -> list[Any] | None:
    """The packages of an envelope; None if a document is not an envelope."""
    if not isinstance(value, dict) or value.get("messageType") is not None:
        return None
    if "awslogs" in value:
        return [_member(value["awslogs"], "data")]
    for key, marks in (("Records", {"kinesis"}), ("records", {"recordId", "data"})):
        records = value.get(key)
        if isinstance(records, list) and any(isinstance(each, dict) and marks <= each.keys() for each in records):
            kinesis = key == "Records"
            return [_member(_member(each, "kinesis") if kinesis else each, "data") for each in records]
    return None


def _member(value: Any, key: str) -> Any:
    return value.get(key) if isinstance(value, dict) else None


def _unpacked(package: Any) -> Text:
    try:
        return decompress(base64.b64decode(package, validate=True))
    except (ValueError, TypeError):
        return Text(b"", True)


def _events_in(data: bytes) -> tuple[list[Event], bool]:
    """The events of the sound payloads at the start of a package, and whether the whole package is sound."""
    events: list[Event] = []
    at, text = _skip(data, 0), data.decode("latin-1")
    while at < len(data):
        end = _end(text, at)
        value, is_utf8 = _value(data[at:end]) if end else (None, True)
        if not _is_sound(value):
            return events, False
        events.extend(_event(0, value, each, is_utf8) for each in _events_of(value))
        at = _skip(data, end)
    return events, True
