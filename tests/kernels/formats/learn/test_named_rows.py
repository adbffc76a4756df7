"""Rows of CSV and TSV get the columns that a header line names."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from loglake.core.schema.schema import TableSchema, grow
from loglake.kernels.formats.learn.format import HeaderFormat

pytestmark = pytest.mark.unit

HEADER = 'order_id,time,user,level,"amount, net",note'
ROWS = [
    '17,2026-11-21 08:00:00,ana,info,12.50,"a ""big"", red one"',
    "18,2026-11-21 08:00:01,,error,3,",
    "19,2026-11-21 08:00:02,bob,warn,0.25,x",
]


def learned(lines: list[str]) -> HeaderFormat:
    return HeaderFormat().claimed(pa.array(lines))[0]


def rows_of(chosen: HeaderFormat, sample: list[str], lines: list[str]) -> list[dict[str, Any]]:
    raw = pa.array(sample)
    schema = grow(TableSchema("t"), chosen.infer_types(raw.filter(chosen.matches(raw))))
    parsed = chosen.parser(schema)(pa.array(lines))
    names = [*(column.name for column in schema.columns), "level", "message", "_rescued"]
    table = pa.table([*parsed.columns, parsed.level, parsed.message, parsed.rescued], names=names)
    return [{name: value for name, value in row.items() if value is not None} for row in table.to_pylist()]


def test_a_header_line_names_the_columns_of_rows_and_is_an_event_itself() -> None:
    lines = [HEADER, *ROWS]
    assert rows_of(learned(lines), lines, lines) == [
        {"message": HEADER},
        {"order_id": 17, "time": "2026-11-21 08:00:00", "user": "ana", "amount_net": 12.5, "note": 'a "big", red one'}
        | {"level": "INFO"},
        {"order_id": 18, "time": "2026-11-21 08:00:01", "amount_net": 3.0, "level": "ERROR"},
        {
            "order_id": 19,
            "time": "2026-11-21 08:00:02",
            "user": "bob",
            "amount_net": 0.25,
            "note": "x",
            "level": "WARN",
        },
    ]


def test_a_dash_between_tabs_is_no_value_and_a_name_may_start_with_a_percent_sign() -> None:
    lines = ["task\t%cpu\tstarted", "17\t98.2%\t2026-11-21 08:00:00", "-\t-\t2026-11-21 08:00:01"]
    started = [{"started": f"2026-11-21 08:00:0{second}"} for second in range(2)]
    assert rows_of(learned(lines), lines, lines[1:]) == [{"task": 17, "cpu": "98.2%"} | started[0], started[1]]


@pytest.mark.parametrize("sign", [";", "\t"])
def test_semicolons_and_tabs_are_between_cells_too(sign: str) -> None:
    lines = [sign.join(cells) for cells in (("user", "region", "visits"), ("ana", "", "17"), ("bob", "us", "18"))]
    read = rows_of(learned(lines), lines, lines[1:])
    assert read == [{"user": "ana", "visits": 17}, {"user": "bob", "region": "us", "visits": 18}]


def test_rows_of_another_object_are_read_by_the_layout_that_the_schema_keeps() -> None:
    kept = HeaderFormat(learned([HEADER, *ROWS]).layouts)
    (row,) = rows_of(kept, ROWS, ["20,2026-11-22 08:00:00,eve,info,1,later"])
    assert (row["order_id"], row["user"], row["note"]) == (20, "eve", "later")
    assert kept.claimed(pa.array([HEADER, *ROWS]))[0].layouts == kept.layouts


def test_what_does_not_fit_stays_text_or_is_rescued() -> None:
    kept = learned([HEADER, *ROWS])
    odd = [
        "20,soon,eve,info,1,x",
        "one cell too few,2026-11-21 08:00:00,eve,info",
        "20,2026-11-22 08:00:00,eve,info,n/a,",
    ]
    first, second, third = rows_of(kept, ROWS, odd)
    assert [first, second] == [{"message": odd[0]}, {"message": odd[1]}]
    assert (third["order_id"], third["_rescued"]) == (20, '{"amount_net":"n/a"}')


@pytest.mark.parametrize(
    "lines",
    [
        ROWS,
        [HEADER],
        ["yes,no,maybe", "this,is,text", "and,more,text"],
        ["user,region,visits", "ana,eu,17", "no row", "nor this", "and not that"],
        ["user,region,visits", "ana,eu,17", "bob,us,18", "user,shop,orders", "eve,a,2"],
    ],
    ids=["no header", "no rows", "words only", "few rows", "two headers alike"],
)
def test_without_a_header_and_its_rows_nothing_is_guessed(lines: list[str]) -> None:
    assert not [layout for layout in learned(lines).layouts if "sv}" in layout]
