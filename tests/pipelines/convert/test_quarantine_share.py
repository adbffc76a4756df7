from __future__ import annotations

import pytest

from loglake.core.accounting import Accounting
from loglake.core.run.outcome import Outcome
from loglake.core.units import LogGroupName
from loglake.pipelines.convert.report import TOP_GROUPS, ConvertReport, QuarantinedGroups

pytestmark = pytest.mark.unit


def _counts(events: int, quarantined: int) -> Accounting:
    return Accounting(events_in=events, rows_out=events - quarantined, quarantined=quarantined)


def test_the_share_is_that_of_all_windows_of_a_log_group() -> None:
    groups = QuarantinedGroups()
    groups.add(LogGroupName("/a"), "t", _counts(10, 2), [{"cut short": 2}])
    groups.add(LogGroupName("/a"), "t", _counts(290, 0), [])
    groups.add(LogGroupName("/b"), "t", _counts(3, 3), [{"a zip archive": 1}, {"no timestamp": 2}])
    assert groups.above(0.01) == ["/b (table t): 3 of 3 events are in quarantine: no timestamp (2); a zip archive (1)"]
    assert [line.split()[0] for line in groups.above(0.005)] == ["/b", "/a"]
    assert groups.above(1.0) == []


def test_a_log_group_without_events_is_none_to_report_of() -> None:
    groups = QuarantinedGroups()
    groups.add(LogGroupName("/a"), "t", Accounting(), [])
    assert groups.above(0) == []


def test_what_is_reported_is_bounded() -> None:
    groups = QuarantinedGroups()
    for number in range(TOP_GROUPS + 1_002):
        reasons = {f"{'x' * 1_000}{each}": 1 for each in range(9)}
        groups.add(LogGroupName(f"/{number:05d}"), "t", _counts(9, 9), [reasons])
    reported = groups.above(0.01)
    assert len(reported) == TOP_GROUPS + 1
    assert reported[-1] == "and 1,002 more log groups"
    assert max(map(len, reported)) < 1_000


def test_a_small_log_group_makes_a_run_partial() -> None:
    report = ConvertReport(accounting=_counts(1_000_000, 3))
    before = report.outcome
    report.groups.add(LogGroupName("/b"), "t", _counts(3, 3), [{"no timestamp": 3}])
    assert [before, report.outcome] == [Outcome.OK, Outcome.PARTIAL]
