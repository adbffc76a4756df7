"""Notes about files that have events without a time, or events that are too long."""

from __future__ import annotations

import pytest

from loglake.core.plain_notes import PlainNotes, sentences, to_json
from loglake.core.units import parse_instant

pytestmark = pytest.mark.unit

CHANGED = parse_instant("2026-11-21T08:30")
TIMED = PlainNotes(CHANGED, events=3, timed=3)
MADE_UP = PlainNotes(CHANGED, events=2)
BORROWED = PlainNotes(CHANGED, events=5, timed=3)
CUT = PlainNotes(CHANGED, events=3, timed=3, cut=2)


def test_a_file_whose_events_all_say_their_time_is_not_mentioned() -> None:
    assert not TIMED.is_notable
    assert sentences({"a.log": TIMED, "empty.log": PlainNotes(CHANGED)}) == []
    assert to_json({"a.log": TIMED}) == {"times_made_up": {}, "times_of_the_event_before": {}, "cut": {}}


def test_made_up_and_borrowed_times_and_cut_events_are_said() -> None:
    files = {"a.log": MADE_UP, "b.log": BORROWED, "c.log": CUT}
    assert all(notes.is_notable for notes in files.values())
    assert sentences(files) == [
        "times of a.log are made up: none of its 2 events says one, so all have that of the file's last change, "
        "2026-11-21T08:30:00.000Z",
        "2 events say no time and have that of the event before them: b.log (2)",
        "an event was cut at 1 MB, CloudWatch's limit, 2 times; the rest is an event of its own: c.log (2)",
    ]
    assert to_json(files) == {
        "times_made_up": {"a.log": 2},
        "times_of_the_event_before": {"b.log": 2},
        "cut": {"c.log": 2},
    }


def test_of_many_files_the_first_are_named() -> None:
    said = sentences({f"{n}.log": MADE_UP for n in range(7)})
    assert (len(said), said[-1]) == (6, "times of 2 more files are made up in the same way")
    (said_of_cut,) = sentences({f"{n}.log": CUT for n in range(7)})
    assert said_of_cut.endswith("0.log (2), 1.log (2), 2.log (2), 3.log (2), 4.log (2) and 2 more files")
