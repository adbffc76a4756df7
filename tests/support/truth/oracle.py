"""The oracle: events per log group and hour in the lake, against those that the source had, and what status promises.

It imports nothing of loglake, so no change of planner, ledger or commits can change what it demands.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from itertools import chain
from typing import Any, NamedTuple, Protocol

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
FOREVER_MS = 10**15
"""Of a promise that is never late."""
_PASSES = 3


class Hour(NamedTuple):
    """An hour of a log group, by its start."""

    log_group: str
    from_ms: int

    @property
    def to_ms(self) -> int:
        return self.from_ms + HOUR_MS

    @property
    def day_end_ms(self) -> int:
        return self.from_ms - self.from_ms % DAY_MS + DAY_MS

    def __str__(self) -> str:
        return f"{self.log_group} {datetime.fromtimestamp(self.from_ms / 1000, timezone.utc):%Y-%m-%d %H:%M}"


Counts = Mapping[Hour, int]
"""Events per log group and hour."""


class Source(Protocol):
    """What had the events: CloudWatch, or what delivers landed objects."""

    def events(self, hour: Hour, by_ms: int) -> int:
        """How many events of an hour could be had at a time in any way, deleted ones included."""

    def came(self, hour: Hour, by_ms: int) -> int:
        """How many had come by then, at least as many: a read may find an event hours before a task does."""

    def kept_since_ms(self, log_group: str, now_ms: int) -> int | None:
        """The start of the oldest hour that the source still has whole; None if the log group is gone."""


@dataclass(frozen=True)
class Promise:
    """When events have to be in the lake.

    Attributes:
        since_ms: the first hour that is to come in.
        lag_ms: an hour counts as complete only if it holds what could be had so long after its end.
        settled_ms: a settled day holds what could be had so long after its end; None: days don't settle.
        final_ms: all events of a day have come so long after its end, and then have to be in the lake; None: never.
        late_ms: the most that a pass may be late.
        kept_days: so many UTC days are to stay, and today; earlier ones are to go. None: all stay.
    """

    since_ms: int
    lag_ms: int = 0
    settled_ms: int | None = DAY_MS
    final_ms: int | None = 15 * DAY_MS
    late_ms: int = DAY_MS
    kept_days: int | None = None

    def kept_since_ms(self, now_ms: int) -> int:
        """The first hour that is to stay."""
        return 0 if self.kept_days is None else now_ms - now_ms % DAY_MS - self.kept_days * DAY_MS

    def due(self, hour: Hour, now_ms: int) -> Iterator[tuple[str, int]]:
        """The passes that have to be over, each with the time from which on events may be missing."""
        for name, end_ms, after_ms in (
            ("fresh", hour.to_ms, self.lag_ms),
            ("settled", hour.day_end_ms, self.settled_ms),
            ("final", hour.day_end_ms, self.final_ms),
        ):
            if after_ms is not None and end_ms + after_ms + self.late_ms <= now_ms:
                yield f"the {name} pass is over", end_ms + after_ms


@dataclass
class Oracle:
    """Looks at a lake again and again, and says each time what is wrong.

    Attributes:
        promises: of each log group that is to come in.
        seen: what the last look saw.
        demanded: demands of all looks so far.
    """

    source: Source
    promises: Mapping[str, Promise]
    seen: Counts = field(default_factory=dict)
    demanded: int = 0

    def __post_init__(self) -> None:
        self._judged_ms: dict[str, int] = {}  # all passes of earlier hours were over at an earlier look

    def look(self, now_ms: int, seen: Counts, status: Mapping[str, Any], *, at_rest: bool = True) -> list[str]:
        """What is wrong in words.

        Args:
            now_ms: the time.
            seen: events in table and quarantine.
            status: what `loglake status --json` prints.
            at_rest: no run was cut off that nothing has followed yet. Else replaced rows may still be there beside the
                new ones, and go later; and nothing is due.
        """
        groups = {group["log_group"]: group for group in status["log_groups"]}
        wrong = [*self._gone(now_ms, seen), *(self._invented(now_ms, seen) if at_rest else ())]
        wrong += self._overdue(now_ms, seen)
        for name, promise in self.promises.items():
            due = promise if at_rest else replace(promise, late_ms=FOREVER_MS)
            group = groups.get(name, {})
            wrong += [*self._missing(name, due, now_ms, seen, group), *_foretold(name, now_ms, group)]
        wrong += [f"a file of {lost['table']} is lost" for lost in status["lost_files"]]
        wrong += [f"{item['key']} can't be read" for item in status["unreadable_items"]]
        self.seen = dict(seen) if at_rest else self._surely(now_ms, seen)
        return wrong

    def _surely(self, now_ms: int, seen: Counts) -> Counts:
        """What has to stay if rows may be there twice: more than before only in an hour that had none to replace."""
        most = {hour: self.seen.get(hour) or self.source.came(hour, now_ms) for hour in seen}
        return {hour: min(count, most[hour]) for hour, count in seen.items()}

    def _overdue(self, now_ms: int, seen: Counts) -> Iterator[str]:
        """What was to go, and is late."""
        for hour in seen:
            promise = self.promises.get(hour.log_group)
            if promise and hour.from_ms < promise.kept_since_ms(now_ms - promise.late_ms):
                yield f"{hour} is older than its days are kept, and is there"

    def _gone(self, now_ms: int, seen: Counts) -> Iterator[str]:
        """A row stays a row, as long as its day is kept: what replaces it has it, too."""
        for hour, before in self.seen.items():
            promise = self.promises.get(hour.log_group)
            kept_ms = promise.kept_since_ms(now_ms) if promise else 0
            if seen.get(hour, 0) < before and hour.from_ms >= kept_ms:
                yield f"{hour} had {before} events, and now has {seen.get(hour, 0)}"

    def _invented(self, now_ms: int, seen: Counts) -> Iterator[str]:
        for hour, count in seen.items():
            there = self.source.came(hour, now_ms)
            if count > there:
                yield f"{hour} has {count} events, and there were {there}"

    def _missing(
        self, name: str, promise: Promise, now_ms: int, seen: Counts, group: Mapping[str, Any]
    ) -> Iterator[str]:
        """What is promised or due, and is not there. What the source has deleted was judged while it had it."""
        kept_ms = self.source.kept_since_ms(name, now_ms)
        if kept_ms is None:
            if group.get("pending") and promise.late_ms < FOREVER_MS:
                yield f"{name} is gone, and {group['pending']} windows of it wait"
            return
        kept_ms = max(kept_ms, promise.kept_since_ms(now_ms))
        for hour in _hours(name, max(promise.since_ms, kept_ms, self._judged_ms.get(name, 0)), now_ms):
            due = list(promise.due(hour, now_ms))
            if len(due) == _PASSES:
                self._judged_ms[name] = hour.to_ms
            for why, by_ms in chain(due, _claims(hour, promise, group)):
                self.demanded += 1
                count, least = seen.get(hour, 0), self.source.events(hour, min(by_ms, now_ms))
                if count < least:
                    yield f"{hour} has {count} events of {least}, and {why}"


def _claims(hour: Hour, promise: Promise, group: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    """What status says of an hour, with the time from which on events may be missing."""
    complete_ms = instant(group.get("complete_until"))
    if complete_ms is None or hour.to_ms > complete_ms:
        return
    yield f"status says complete until {group['complete_until']}", hour.to_ms + promise.lag_ms
    unsettled_ms = instant(group["days"]["oldest_unsettled"])
    if promise.settled_ms is not None and hour.day_end_ms <= (complete_ms if unsettled_ms is None else unsettled_ms):
        yield "status says that its day has settled", hour.day_end_ms + promise.settled_ms


def _foretold(name: str, now_ms: int, group: Mapping[str, Any]) -> Iterator[str]:
    complete_ms = instant(group.get("complete_until"))
    if complete_ms is not None and complete_ms > now_ms:
        yield f"{name} is complete until {group['complete_until']}, says status, and that is yet to come"


def _hours(name: str, from_ms: int, to_ms: int) -> Iterator[Hour]:
    for start_ms in range(from_ms - from_ms % HOUR_MS, to_ms, HOUR_MS):
        yield Hour(name, start_ms)


def instant(text: str | None) -> int | None:
    """A time of JSON in milliseconds; None if there is none."""
    return None if text is None else round(datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() * 1000)
