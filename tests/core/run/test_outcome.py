"""The outcome of a run: ok, partial or failed."""

from __future__ import annotations

import json

import pytest

from loglake.core.run.outcome import EXPORT, LONGEST_REMARK, MOST_REMARKS, REMARKS_KEPT_MS, Outcome, RunNote
from loglake.core.units import EpochMs

pytestmark = pytest.mark.unit


def test_the_words_are_what_alarms_and_people_read() -> None:
    assert json.loads(json.dumps(list(Outcome))) == ["ok", "partial", "failed"]


def test_remarks_stay_for_a_day_until_a_run_has_others() -> None:
    said = RunNote.of(EXPORT, Outcome.PARTIAL, EpochMs(1000), ["/app/shp: no log group has this name"])
    assert (said.remarks, said.remarks_ms) == (("/app/shp: no log group has this name",), 1000)
    later = RunNote.of(EXPORT, Outcome.OK, EpochMs(1000 + REMARKS_KEPT_MS - 1)).after(said)
    assert (later.outcome, later.ended_ms, later.remarks, later.remarks_ms) == (
        Outcome.OK,
        1000 + REMARKS_KEPT_MS - 1,
        said.remarks,
        1000,
    )
    assert RunNote.of(EXPORT, Outcome.OK, EpochMs(1000 + REMARKS_KEPT_MS)).after(later).remarks == ()
    other = RunNote.of(EXPORT, Outcome.PARTIAL, EpochMs(2000), ["another"])
    assert other.after(said) == other
    assert other.after(None) == other


def test_a_note_is_bounded() -> None:
    note = RunNote.of(EXPORT, Outcome.PARTIAL, EpochMs(1), ["x" * 9999] * 99)
    assert note.remarks == ("x" * LONGEST_REMARK,) * MOST_REMARKS
