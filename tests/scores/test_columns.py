"""The judge of columns: what is right counts, and what misleads is found."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
import yaml
from support.yaml_files import read_yaml

from scores.columns import converted, mean, missed
from scores.judge import Wrong, judged
from scores.wanted import COLUMNS, Wanted, WantedSet, events_of, wanted_sets

pytestmark = pytest.mark.local

AT = datetime(2026, 11, 21, 8, 0, 1, 413000, tzinfo=timezone.utc)


def row(raw: str, **columns: Any) -> dict[str, Any]:
    return {"event_time": AT, "level": None, "message": raw, "raw": raw, "logger": None, **columns}


def wanted(*rows: dict[str, Any], **names: list[str]) -> WantedSet:
    return WantedSet("shop/till", "", tuple(Wanted(each, names) for each in rows))


def test_all_that_is_wanted_scores_all() -> None:
    raw = "08:00:01 WARN till-1: stock is low item=17 price=2.50"
    known = wanted(
        {
            "log_time": "2026-11-21T09:00:01.413+01:00",
            "level": "WARN",
            "till": "till-1",
            "item": 17,
            "price": 2.5,
            "message": "stock is low",
        },
        till=["till", "logger"],
    )
    found = judged(
        known,
        [row(raw, level="WARN", logger="till-1", item=17, price=2.5, message="stock is low item=17 price=2.50")],
        0,
    )
    assert (found.shares, found.wrong) == ((1, 1, 1, 1, 1), ())
    assert missed(mean("all", [found])) == []


def test_what_misleads_is_named_and_what_is_missing_is_not_right() -> None:
    raw = "08:00:01 WARN Total: 25 of ana at=2021/05/04 04:24:37"
    known = wanted(
        {
            "log_time": "2026-11-21T08:00:02Z",
            "level": "WARN",
            "at": "2021/05/04 04:24:37",
            "total": 25,
            "message": "Total: 25 of ana",
        },
        {"log_time": None, "level": None, "message": "the end"},
    )
    rows = [
        row(raw, level="ERROR", logger="Total", at="2021/05/04", message="25 of at=2021/05/04 04:24:37"),
        row("the end", log_time=None),
    ]
    found = judged(known, rows, 1)
    assert found.shares == pytest.approx((0.5, 0.5, 0.5, 1 / 4, 1 / 4))
    assert found.wrong == (
        Wrong(1, "event_time", "2026-11-21T08:00:01.413000+00:00", "is not the time of the event"),
        Wrong(1, "level", "ERROR", "is WARN"),
        Wrong(1, "logger", "Total", "is no value that is wanted"),
        Wrong(1, "at", "2021/05/04", "is 2021/05/04 04:24:37"),
        Wrong(1, "message", "25 of at=2021/05/04 04:24:37", "lost: ana"),
    )
    assert missed(found)[-1] == "5 columns mislead"


def test_a_value_of_another_type_or_name_is_in_a_column_but_not_exact() -> None:
    known = wanted({"item": 17, "code": "0107", "shop": "north"})
    found = judged(known, [row("17 0107 north", item="17", code=107, place="north", message="")], 0)
    assert (found.exact, found.inside) == pytest.approx((0, 2 / 3))


def test_a_pair_that_is_cut_at_a_blank_misleads() -> None:
    raw = "charge failed: cause=no answer, try: 2 of 3, card=visa id=17"
    found = judged(wanted({"message": raw}), [row(raw, cause="no", card="visa", id=17)], 0)
    assert found.wrong == (Wrong(1, "cause", "no", "is cut at a blank"),)


def test_the_next_key_of_a_line_in_columns_is_no_part_of_a_value() -> None:
    raw = "NODE : 000            DB   : SHOP\nHOST : web 17"
    found = judged(wanted({"message": raw}), [row(raw, node="000", db="SHOP", host="web")], 0)
    assert found.wrong == (Wrong(1, "host", "web", "is cut at a blank"),)


def test_a_part_or_another_word_for_a_value_does_not_mislead() -> None:
    known = wanted(
        {"client": "192.0.2.7:5071", "severity": 3, "process": "<0.9.0>", "host": "web-1"},
        client=["client", "client_ip"],
    )
    raw = "till: 3 <0.9.0> 192.0.2.7:5071 web-1"
    found = judged(
        known, [row(raw, client_ip="192.0.2.7", severity="err", process="0.9.0", host="till", message="")], 0
    )
    assert found.wrong == (Wrong(1, "host", "till", "is web-1"),)


def test_lines_of_a_header_are_events_of_no_row_and_an_event_may_be_missing() -> None:
    rows = wanted({"id": "a-17"}, {"id": "a-18"}, {"id": "a-19"}).rows
    assert events_of(rows, ["#id", "id=a-17", "id=a-19"]) == [1, None, 2]
    assert judged(wanted({"id": "a-17"}), [row("#id"), row("a-17", id="a-17", message="")], 1).shares == (1, 1, 1, 1, 1)


def test_a_set_is_converted_as_a_plain_file_that_is_longer(tmp_path: Path) -> None:
    lines = "2026-11-21 08:00:01.413 WARN stock is low\n2026-11-21 08:00:02.000 ERROR no stock\n"
    (tmp_path / "set").mkdir()
    rows = [
        {"log_time": "2026-11-21T08:00:01.413Z", "level": "WARN", "message": "stock is low"},
        {"level": "INFO", "message": "no stock"},
    ]
    (tmp_path / "set" / "till.yaml").write_text(yaml.safe_dump({"lines": lines, "rows": rows}))
    (known,) = wanted_sets(tmp_path)
    converted_rows, as_text = converted(known, tmp_path)
    found = judged(known, converted_rows, as_text)
    assert (found.name, found.shares) == ("set/till", (1, 0.5, 1, 1, 1))
    assert [wrong.column for wrong in found.wrong] == ["level"]


def test_each_set_says_where_its_lines_are_described_and_what_is_wanted_of_them() -> None:
    paths = sorted(COLUMNS.glob("*/*.yaml"))
    assert len(paths) >= 60
    for path in paths:
        known = read_yaml(path)
        keys = {key for row in known["rows"] for key in row}
        assert all(known[key] for key in ("product", "note", "lines")), path
        assert known["page"].startswith("https://"), path
        assert known.get("names", {}).keys() <= keys, path
        assert {row.get("level") for row in known["rows"]} <= {
            None,
            "TRACE",
            "DEBUG",
            "INFO",
            "WARN",
            "ERROR",
            "FATAL",
        }, path
