"""The oracle of `support.truth`: what it finds, and that it knows nothing of loglake."""

from __future__ import annotations

import ast
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from support.truth.oracle import DAY_MS, HOUR_MS, Hour, Oracle, Promise
from support.truth.tables import Kept

pytestmark = pytest.mark.unit

GROUP = "/app/shop"
START_MS = 1_795_219_200_000
FIRST = Hour(GROUP, START_MS)
NOW_MS = START_MS + 20 * DAY_MS
TRUTH = Path(__file__).parent / "support" / "truth"


@dataclass
class Events:
    """A source: for each hour, when so many events came."""

    arrivals: dict[Hour, list[tuple[int, int]]] = field(default_factory=lambda: {FIRST: [(FIRST.to_ms, 5)]})
    kept_ms: int | None = 0

    def events(self, hour: Hour, by_ms: int) -> int:
        return sum(count for ms, count in self.arrivals.get(hour, []) if ms <= by_ms)

    def came(self, hour: Hour, by_ms: int) -> int:
        return self.events(hour, by_ms)

    def kept_since_ms(self, _log_group: str, _now_ms: int) -> int | None:
        return self.kept_ms


def status(complete_until: str | None = None, unsettled: str | None = None, pending: int = 0) -> dict[str, Any]:
    days = {"oldest_unsettled": unsettled}
    group = {"log_group": GROUP, "complete_until": complete_until, "days": days, "pending": pending}
    return {"log_groups": [group], "lost_files": [], "unreadable_items": []}


def look(seen: Mapping[Hour, int], now_ms: int = FIRST.to_ms, source: Events | None = None, **said: Any) -> list[str]:
    oracle = Oracle(source or Events(), {GROUP: Promise(START_MS, late_ms=HOUR_MS)})
    return oracle.look(now_ms, seen, status(**said))


def test_what_was_there_is_right_and_nothing_is_demanded_before_its_time() -> None:
    assert look({FIRST: 5}) == []
    assert look({}) == []
    assert look({FIRST: 5}, NOW_MS) == []


def test_events_that_never_were_are_found() -> None:
    assert look({FIRST: 6}) == ["/app/shop 2026-11-21 00:00 has 6 events, and there were 5"]
    assert look({FIRST: 5, Hour("/other", START_MS): 1}) == ["/other 2026-11-21 00:00 has 1 events, and there were 0"]


def test_an_event_that_is_read_before_a_task_finds_it_was_there() -> None:
    class Readable(Events):
        def came(self, hour: Hour, by_ms: int) -> int:
            return self.events(hour, by_ms + HOUR_MS)

    assert look({FIRST: 5}, START_MS, Readable()) == []
    assert look({FIRST: 6}, START_MS, Readable()) == ["/app/shop 2026-11-21 00:00 has 6 events, and there were 5"]
    assert look({FIRST: 5}, START_MS) == ["/app/shop 2026-11-21 00:00 has 5 events, and there were 0"]


def test_a_status_has_to_be_true() -> None:
    (found,) = look({FIRST: 4}, complete_until="2026-11-21T01:00:00.000Z", unsettled="2026-11-21T00:00:00.000Z")
    assert (
        found == "/app/shop 2026-11-21 00:00 has 4 events of 5, and status says complete until 2026-11-21T01:00:00.000Z"
    )
    assert look({FIRST: 4}, complete_until="2026-11-21T00:59:00.000Z") == []


def test_a_status_calls_nothing_complete_that_is_yet_to_come() -> None:
    assert look({FIRST: 5}, complete_until="2026-11-21T01:00:00.000Z") == []
    (found,) = look({}, FIRST.to_ms - 1, complete_until="2026-11-21T01:00:00.000Z")
    assert found == "/app/shop is complete until 2026-11-21T01:00:00.000Z, says status, and that is yet to come"


def test_each_pass_is_demanded_once_it_is_late() -> None:
    late = {FIRST: [(FIRST.to_ms, 5), (FIRST.day_end_ms + DAY_MS, 1), (FIRST.day_end_ms + 15 * DAY_MS, 1)]}
    for count, due_ms, name in (
        (5, FIRST.to_ms, "fresh"),
        (6, FIRST.day_end_ms + DAY_MS, "settled"),
        (7, FIRST.day_end_ms + 15 * DAY_MS, "final"),
    ):
        assert look({FIRST: count - 1}, due_ms + HOUR_MS - 1, Events(late)) == []
        (found,) = look({FIRST: count - 1}, due_ms + HOUR_MS, Events(late))
        assert found == f"/app/shop 2026-11-21 00:00 has {count - 1} events of {count}, and the {name} pass is over"
        assert look({FIRST: count}, due_ms + HOUR_MS, Events(late)) == []


def test_a_day_that_status_calls_settled_has_what_came_until_then() -> None:
    late = Events({FIRST: [(FIRST.to_ms, 5), (FIRST.day_end_ms + HOUR_MS, 1)]})
    now_ms, said = FIRST.day_end_ms + DAY_MS, {"complete_until": "2026-11-22T00:00:00.000Z"}
    assert look({FIRST: 5}, now_ms, late, **said, unsettled="2026-11-21T00:00:00.000Z") == []
    (found,) = look({FIRST: 5}, now_ms, late, **said)
    assert found == "/app/shop 2026-11-21 00:00 has 5 events of 6, and status says that its day has settled"


def test_a_row_that_was_seen_stays_even_if_the_source_has_deleted_its_event() -> None:
    source = Events(kept_ms=NOW_MS)
    oracle = Oracle(source, {GROUP: Promise(START_MS)})
    assert oracle.look(NOW_MS, {FIRST: 5}, status()) == []
    assert oracle.look(NOW_MS, {}, status()) == ["/app/shop 2026-11-21 00:00 had 5 events, and now has 0"]
    assert oracle.look(NOW_MS, {}, status()) == []


def test_replaced_rows_go_after_a_run_that_was_cut_off_and_no_others_do() -> None:
    oracle = Oracle(Events(), {GROUP: Promise(START_MS)})
    assert oracle.look(NOW_MS, {FIRST: 10}, status(), at_rest=False) == []
    assert oracle.look(NOW_MS, {FIRST: 5}, status()) == []
    assert oracle.look(NOW_MS, {FIRST: 10}, status(), at_rest=False) == []
    assert "/app/shop 2026-11-21 00:00 had 5 events, and now has 4" in oracle.look(NOW_MS, {FIRST: 4}, status())


def test_rows_that_are_there_twice_are_not_taken_for_events_that_came_later() -> None:
    oracle = Oracle(Events(), {})
    assert oracle.look(NOW_MS, {FIRST: 3}, status()) == []
    assert oracle.look(NOW_MS, {FIRST: 6}, status(), at_rest=False) == []
    assert oracle.look(NOW_MS, {FIRST: 3}, status()) == []
    assert oracle.look(NOW_MS, {FIRST: 2}, status(), at_rest=False) == [
        "/app/shop 2026-11-21 00:00 had 3 events, and now has 2"
    ]


def test_a_late_event_is_demanded_of_the_settled_pass_and_of_no_earlier_one() -> None:
    source = Kept({FIRST: 1}, {FIRST: FIRST.to_ms + HOUR_MS})
    until = "2026-11-22T00:00:00.000Z"
    now_ms = FIRST.day_end_ms + DAY_MS
    oracle = Oracle(source, {GROUP: Promise(START_MS, late_ms=0)})
    assert oracle.look(now_ms - 1, {}, status(until, "2026-11-21T00:00:00.000Z")) == []
    (due, said) = oracle.look(now_ms, {}, status(until))
    assert due == "/app/shop 2026-11-21 00:00 has 0 events of 1, and the settled pass is over"
    assert said == "/app/shop 2026-11-21 00:00 has 0 events of 1, and status says that its day has settled"


def test_nothing_waits_for_a_log_group_that_is_gone() -> None:
    assert look({}, NOW_MS, Events(kept_ms=None), pending=2) == ["/app/shop is gone, and 2 windows of it wait"]
    assert look({}, NOW_MS, Events(kept_ms=None)) == []


def test_lost_files_and_unreadable_items_are_faults() -> None:
    found = {**status(), "lost_files": [{"table": "app"}], "unreadable_items": [{"key": "group#x"}]}
    assert Oracle(Events(), {}).look(START_MS, {}, found) == ["a file of app is lost", "group#x can't be read"]


def test_the_oracle_imports_nothing_of_what_it_judges() -> None:
    files = sorted(TRUTH.glob("*.py"))
    assert files
    for file in files:
        assert foreign(file.read_text()) <= {"support.truth", "pyarrow"}, file


@pytest.mark.parametrize("line", ["from loglake.core.planning import plan", "import loglake.aws", "import simulation"])
def test_an_import_that_it_must_not_have_is_found(line: str) -> None:
    assert foreign(f"def late() -> None:\n    {line}\n")


def foreign(text: str) -> set[str]:
    """The packages beyond the standard library that a module imports, wherever in it."""
    nodes = list(ast.walk(ast.parse(text)))
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    dynamic = [node for node in nodes if isinstance(node, ast.Name) and node.id in {"__import__", "importlib"}]
    assert not dynamic
    found = {name for name in names if name.partition(".")[0] not in sys.stdlib_module_names}
    return {"support.truth" if name.startswith("support.truth") else name.partition(".")[0] for name in found}
