"""What a person should know about the reading of a plain log file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from loglake.core.units import format_instant

EMPTY = "empty"
"""What a file is that has no byte: not a log, and nothing is lost."""

_NAMED = 5
"""Files that a report names; ``--json`` has all."""


@dataclass
class PlainNotes:
    """How one file's events were read.

    Attributes:
        changed_ms: when the file was last changed.
        events: how many it has.
        timed: events with their own time. An event without one gets the time of the event before it, else the first
            time in the file's head. If no event has a time, all get that of the file's last change.
        cut: how often an event was cut because it is longer than CloudWatch takes.
    """

    changed_ms: int
    events: int = 0
    timed: int = 0
    cut: int = 0

    @property
    def is_made_up(self) -> bool:
        """Whether no event has a time."""
        return bool(self.events) and not self.timed

    @property
    def is_notable(self) -> bool:
        """Whether a person should know something."""
        return self.timed < self.events or bool(self.cut)


def sentences(files: Mapping[str, PlainNotes]) -> list[str]:
    """Sentences about files, by their names."""
    made_up = {name: notes for name, notes in files.items() if notes.is_made_up}
    said = [
        f"times of {name} are made up: none of its {notes.events:,} events says one, so all have that of the file's "
        f"last change, {format_instant(notes.changed_ms)}"
        for name, notes in list(made_up.items())[:_NAMED]
    ]
    if len(made_up) > _NAMED:
        said.append(f"times of {len(made_up) - _NAMED:,} more files are made up in the same way")
    borrowed = {name: notes.events - notes.timed for name, notes in files.items() if name not in made_up}
    if sum(borrowed.values()):
        said.append(
            f"{sum(borrowed.values()):,} events say no time and have that of the event before them: "
            f"{_counted({name: count for name, count in borrowed.items() if count})}"
        )
    cut = {name: notes.cut for name, notes in files.items() if notes.cut}
    if cut:
        said.append(
            f"an event was cut at 1 MB, CloudWatch's limit, {sum(cut.values()):,} times; the rest is an event of its "
            f"own: {_counted(cut)}"
        )
    return said


def to_json(files: Mapping[str, PlainNotes]) -> dict[str, Any]:
    """The files' part of ``--json``, by their names."""
    return {
        "times_made_up": {name: notes.events for name, notes in files.items() if notes.is_made_up},
        "times_of_the_event_before": {
            name: notes.events - notes.timed
            for name, notes in files.items()
            if not notes.is_made_up and notes.timed < notes.events
        },
        "cut": {name: notes.cut for name, notes in files.items() if notes.cut},
    }


def _counted(files: Mapping[str, int]) -> str:
    named = [f"{name} ({count:,})" for name, count in list(files.items())[:_NAMED]]
    return ", ".join(named) + (f" and {len(files) - _NAMED:,} more files" if len(files) > _NAMED else "")
