"""Judges the rows of a set: what is right, and which columns mislead."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from scores.wanted import Wanted, WantedSet, column_of, events_of, moment, same_time, text_of

_ENVELOPE = frozenset(
    {"event_time", "log_time", "log_account", "log_group", "log_stream", "level", "message", "raw", "dt", "hour"}
    | {"_rescued", "_source", "_line", "_event_id", "_pairs"}
)
_HEADER = ("logger", "thread", "process", "program")


@dataclass(frozen=True)
class Wrong:
    """A column that misleads whoever queries it."""

    event: int
    column: str
    value: str
    why: str


@dataclass(frozen=True)
class Judgement:
    """Shares from 0 to 1, each of what the set asks for; and the columns that mislead, event by event.

    Attributes:
        typed: events that a format other than plain text read.
        level: events with the level that they have, or none.
        time: events with the time that they say, or none: in `log_time`, or else in `event_time`.
        exact: values, messages included, that a column of the right name has, in the right type.
        inside: values that any column has.
    """

    name: str
    events: int
    typed: float
    level: float
    time: float
    exact: float
    inside: float
    wrong: tuple[Wrong, ...] = ()

    @property
    def shares(self) -> tuple[float, float, float, float, float]:
        """All five, in the order of `NAMES`."""
        return self.typed, self.level, self.time, self.exact, self.inside


def judged(known: WantedSet, rows: Sequence[Mapping[str, Any]], as_text: int) -> Judgement:
    """Compares the rows of the events of a set, `as_text` of which are plain text, with what is wanted."""
    events = events_of(known.rows, [row["raw"] for row in rows])
    pairs = [(wanted, None if event is None else rows[event]) for wanted, event in zip(known.rows, events)]
    lost = events.count(None)
    beside = len(rows) - len(events) + lost
    levels = [row is not None and row["level"] == wanted.row["level"] for wanted, row in pairs if "level" in wanted.row]
    times = [found for wanted, row in pairs if (found := _time_is_right(wanted, row)) is not None]
    values = [found for wanted, row in pairs for found in _values(wanted, row)]
    return Judgement(
        known.name,
        len(known.rows),
        max(0.0, 1 - (max(0, as_text - beside) + lost) / len(known.rows)),
        _share(levels),
        _share(times),
        _share([exact for exact, _ in values]),
        _share([inside for _, inside in values]),
        tuple(
            Wrong(number, *found)
            for number, (wanted, row) in enumerate(pairs, 1)
            if row
            for found in _wrong(wanted, row)
        ),
    )


def _share(found: Sequence[bool]) -> float:
    return sum(found) / len(found) if found else 1.0


def _time(row: Mapping[str, Any]) -> tuple[str, datetime | None]:
    column = "log_time" if "log_time" in row else "event_time"
    return column, row[column]


def _time_is_right(wanted: Wanted, row: Mapping[str, Any] | None) -> bool | None:
    """None if nothing is asked for. `event_time` always has a time, so it says nothing of an event that has none."""
    if "log_time" not in wanted.row or (row is not None and "log_time" not in row and not any(wanted.times)):
        return None
    return row is not None and any(same_time(_time(row)[1], each) for each in wanted.times)


def _cells(row: Mapping[str, Any]) -> dict[str, Any]:
    """The columns with values that are the event's own."""
    return {name: cell for name, cell in row.items() if cell is not None and name not in _ENVELOPE}


def _values(wanted: Wanted, row: Mapping[str, Any] | None) -> Iterator[tuple[bool, bool]]:
    """Of each value whether it is in a column of the right name, and whether it is in any."""
    cells = {} if row is None else _cells(row)
    texts = {text_of(cell) for cell in cells.values()}
    for key, value in wanted.fields.items():
        exact = any(_same(name, cells[name], value) for name in wanted.columns(key) if name in cells)
        yield exact, exact or text_of(value) in texts
    if wanted.message is not None:
        exact = row is not None and _message_is_right(wanted, row)
        yield exact, exact or wanted.message in texts or (row is not None and _is_in_message(wanted.message, row))


def _same(column: str, cell: Any, value: Any) -> bool:
    if isinstance(cell, datetime):
        return same_time(cell, moment(text_of(value)))
    if column == "thread":  # is text: a number is as right
        return text_of(cell) == text_of(value)
    numbers = (int, float)
    alike = isinstance(cell, bool) == isinstance(value, bool) and isinstance(cell, numbers) == isinstance(
        value, numbers
    )
    return alike and (cell == value or text_of(cell) == text_of(value))


def _message_is_right(wanted: Wanted, row: Mapping[str, Any]) -> bool:
    """Pairs, a stack trace and the like may follow; what is left out at the end has to be in other columns."""
    message = wanted.message or ""
    for name in wanted.columns("message"):
        found = text_of(row.get(name) or "")
        if found.startswith(message):
            return True
        if found and message.startswith(found):
            return not _words(message) - _held(row)
    return False


def _is_in_message(message: str, row: Mapping[str, Any]) -> bool:
    found = text_of(row["message"] or "")
    return message in found and (found != row["raw"].strip() or found == message)


def _words(text: str) -> set[str]:
    """Words and numbers in small letters, numbers without zeros at their ends."""
    return {word.strip("0") if word.isdigit() else word for word in re.findall(r"[^\W_]+", text.lower())}


def _held(row: Mapping[str, Any]) -> set[str]:
    """The words of the message, the level, the pairs and all columns, their names included."""
    cells = _cells(row)
    names = {form for name in cells for form in (*name.split("_"), name.replace("_", ""))}
    texts = [text_of(cell) for cell in cells.values()]
    return names.union(*map(_words, [*texts, *(str(row.get(name) or "") for name in ("message", "level", "_pairs"))]))


def _wrong(wanted: Wanted, row: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Column, value and reason of each column that misleads."""
    column, time = _time(row)
    if time is not None and _time_is_right(wanted, row) is False:
        yield column, time.isoformat(), "is not the time of the event"
    if "level" in wanted.row and row["level"] not in (None, wanted.row["level"]):
        yield "level", row["level"], f"is {wanted.row['level'] or 'no level'}"
    texts = set(map(_bare, wanted.texts))
    cells = {name: cell for name, cell in _cells(row).items() if _bare(text_of(cell)) not in texts}
    for name, cell in cells.items():
        why = _why_wrong(wanted, name, cell, row["raw"])
        if why:
            yield name, text_of(cell), why
    lost = _words(wanted.message or "") - _held(row)
    if lost:
        yield "message", text_of(row["message"] or ""), f"lost: {' '.join(sorted(lost))}"


def _why_wrong(wanted: Wanted, name: str, cell: Any, raw: str) -> str:
    """Why a column misleads whose value is not wanted; empty if it does not. A set need not ask for every field."""
    text = text_of(cell)
    if name in _HEADER or name in {column_of(key) for key, value in wanted.row.items() if value is None}:
        return "is no value that is wanted"
    for key, value in wanted.fields.items():
        right = text_of(value)
        elsewhere = name == column_of(key) and _stands_in(text, raw) and not _is_number(text, right)
        if elsewhere or (name in wanted.columns(key) and f"{text} " in right):
            return f"is {right}"
    return "is cut at a blank" if isinstance(cell, str) and _is_cut(name, text, raw) else ""


def _bare(text: str) -> str:
    """A value without the brackets or quotes around it."""
    return text.strip("<>[](){}'\"")


def _stands_in(text: str, raw: str) -> bool:
    """Whether a value was taken out of the event, and not said in a word of our own, such as a facility."""
    return bool(re.search(rf"(?<!\w){re.escape(text)}(?!\w)", raw))


def _is_number(text: str, value: str) -> bool:
    """Whether both are the same number, or time."""
    try:
        return float(text) == float(value)
    except ValueError:
        return moment(text) is not None and moment(text) == moment(value)


def _is_cut(name: str, text: str, raw: str) -> bool:
    """Whether more of the value follows: neither the name of the next pair, nor a bracket or a sign by itself."""
    words = r"\W*".join(map(re.escape, name.split("_")))
    more = r"(?! {2,}\w+ *:) +(?![\w.-]+[:=])(?!\W{1,2}\s)[\w/\\-]"  # keys may stand in columns: `NODE : 0    DB   : A`
    return bool(re.search(rf"(?i)\b{words}\s*[:=]\s*[\"']?{re.escape(text)}{more}", raw))
