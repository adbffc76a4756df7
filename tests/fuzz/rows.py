"""Checks that rows and quarantine have each event of the objects once."""

from __future__ import annotations

import base64
import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from fuzz.case import Case
from fuzz.convert import Converted
from fuzz.findings import FoundError, expect
from fuzz.inputs.exported import is_export, read_export, read_stretches
from fuzz.inputs.payloads import ANY, read_payloads
from fuzz.inputs.service_logs import read_lines, read_records
from fuzz.oracle import Entry, Event, Held, MisreadError, Reading, Text, decompress
from fuzz.tables import check_table
from loglake.core.accounting import Accounting
from loglake.core.schema.bundle import RawObject
from loglake.core.schema.conversion import TablePlan

Row = Mapping[str, Any]


def check_rows(case: Case, plan: TablePlan, made: Converted) -> None:
    """Raises if a row or an entry is missing, is too many, or differs from the object's content."""
    rows, entries = defaultdict(list), defaultdict(list)
    for row in check_table(case, plan, made):
        rows[row["_source"]].append(row)
    for entry in made.entries():
        entries[entry["source"]].append(Entry(entry["offset"], entry["line"], _bytes_of(entry)))
    seen: set[str] = set()
    for raw, body in zip(case.objects(), case.bodies, strict=True):
        own = sorted(rows.pop(raw.key, []), key=lambda row: row["_line"])
        counts = made.result.objects.get(raw.key, Accounting())
        _Object(case, raw, own, counts).check(decompress(body.data), entries.pop(raw.key, []), seen)
    expect(not rows and not entries, "rows or entries of no object", [*rows, *entries])


def _bytes_of(entry: Row) -> bytes:
    if "text" in entry:
        text: str = entry["text"]
        return text.encode("utf-8")
    return base64.b64decode(entry["base64"])


class _Object:
    """The rows of one object, in the order of their lines."""

    def __init__(self, case: Case, raw: RawObject, rows: Sequence[Row], counts: Accounting) -> None:
        self._case = case
        self._group = case.bundle().log_group
        self._raw = raw
        self._rows = rows
        self._counts = counts

    def check(self, text: Text, entries: Sequence[Entry], seen: set[str]) -> None:
        """Raises unless rows and entries match one way of reading the object.

        Args:
            text: the object's text.
            entries: the object's entries in quarantine.
            seen: the event ids of earlier objects; gets this object's ids too.
        """
        problems: list[str] = []
        if text.stretches and all(is_export(Text(each, False)) for each in text.stretches if each):
            whole = b"\n".join(text.stretches).decode("utf-8", "replace")
            for row in self._rows:
                expect(row["raw"] in whole, "a row is of a member that fails its check", f"{row!r:.1500}")
        for name, reading in _readings(text):
            ids = set(seen)
            try:
                self._compare(reading(text, entries, {row["_line"] for row in self._rows}), ids)
            except (MisreadError, FoundError) as problem:
                problems.append(f"as {name}: {problem}")
                continue
            seen |= ids
            return
        kind = f"rows and quarantine are not what an object holds ({', '.join(name for name, _ in _readings(text))})"
        raise FoundError(kind, f"{self._raw.key}: " + "\n".join(problems))

    def _compare(self, held: Held, seen: set[str]) -> None:
        events = [event for event in held.events if event.ms is None or not self._is_elsewhere(event.ms)]
        if not held.exact:
            seen.update(row["_event_id"] for row in self._rows if row["_event_id"])
            self._compare_some(events, seen)
            return
        fresh = [event for event in events if _is_fresh(event, seen)]
        counts = (self._counts.out_of_window, self._counts.duplicates)
        if any(event.ms is None for event in events):
            lines = {row["_line"] for row in self._rows}
            fresh = [event for event in fresh if event.line in lines]
            skipped = (len(events) - len(fresh), 0)
        else:
            skipped = (len(held.events) - len(events), len(events) - len(fresh))
        expect(counts == skipped, "other events were left out", f"{counts} instead of {skipped}")
        for event, row in zip(fresh, self._rows, strict=False):
            problem = "; ".join(self._differences(event, row))
            expect(not problem, "a row is not its event", f"{problem}: {row!r:.1500}")
        expect(len(fresh) == len(self._rows), "rows are not as many as events", f"{len(self._rows)} of {len(fresh)}")

    def _compare_some(self, events: Sequence[Event], seen: AbstractSet[str]) -> None:
        """Checks that each event, or another event with its id, is a row; there may be more rows."""
        rows = Counter((row["event_time"], row["raw"]) for row in self._rows)
        for event in events:
            if event.data is not None and event.event_id not in seen:
                key = (event.ms, event.data.decode("utf-8", "replace"))
                expect(rows[key] > 0, "an event is not a row", repr(event)[:1_500])
                rows[key] -= 1

    def _is_elsewhere(self, ms: int) -> bool:
        return ms not in self._case.window and any(ms in other for other in self._case.elsewhere)

    def _differences(self, event: Event, row: Row) -> Iterator[str]:
        wanted = {
            "_line": event.line,
            "event_time": event.ms,
            "log_group": self._group if event.group is None else event.group,
            "log_stream": self._raw.log_stream if event.stream is None else event.stream,
        }
        for name, value in wanted.items():
            if value not in (row[name], None, ANY):
                yield f"{name} is not {value!r}"
        if row["_event_id"] != event.event_id:
            yield f"_event_id is not {event.event_id!r}"
        if event.data is not None:
            yield from _text_differences(event.data, row)


def _is_fresh(event: Event, seen: set[str]) -> bool:
    if event.event_id is None:
        return True
    if event.event_id in seen:
        return False
    seen.add(event.event_id)
    return True


def _text_differences(data: bytes, row: Row) -> Iterator[str]:
    """The text, and its exact bytes if they are not UTF-8."""
    text = data.decode("utf-8", "replace")
    if row["raw"] != text:
        yield f"raw is not {text!r:.700}"
    if text.encode("utf-8") != data:
        kept = json.loads(row["_rescued"] or "{}").get("_raw_base64", "")
        if base64.b64decode(kept) != data:
            yield f"the exact bytes are not {data!r:.700}"


def _readings(text: Text) -> Iterator[tuple[str, Reading]]:
    """The ways in which an object may be read."""
    if text.stretches:
        yield "stretches", read_stretches
        return
    yield "an export", read_export
    if is_export(text):
        return
    if text.data.lstrip(b" \t\r\n\xef\xbb\xbf").startswith(b"{"):
        yield "payloads", read_payloads
        yield "CloudTrail's records", read_records
    yield "lines", read_lines
