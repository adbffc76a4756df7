"""Lines that are rows, and what stands before a time, become columns by their places; a message never does."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.logs.parsed import parsed_rows

from loglake.kernels.formats.learn.format import HeaderFormat
from loglake.kernels.formats.learn.rows import row_layouts

pytestmark = pytest.mark.unit

TIME = "2026-11-21 08:00:00"
_CELLS = st.lists(st.from_regex(r"[a-z0-9./:é-]{1,9}", fullmatch=True), min_size=4, max_size=9)


@settings(max_examples=50)
@given(cells=_CELLS, sign=st.sampled_from(["\t", ";", " | "]))
def test_cells_between_signs_are_read_as_they_are(cells: list[str], sign: str) -> None:
    event = sign.join([TIME, *cells])
    rows = parsed_rows(HeaderFormat(), [event] * 2)
    expected = {f"field_{place}": cell for place, cell in enumerate(cells, 2)}
    assert [{name: row.get(name) for name in expected} for row in rows] == [expected] * 2
    assert [row.get("message") for row in rows] == [None] * 2


@settings(max_examples=50)
@given(counts=st.lists(st.integers(0, 9), min_size=2, max_size=9))
def test_lines_with_different_numbers_of_cells_are_no_rows(counts: list[int]) -> None:
    events = [f"{TIME};{';'.join('a' * count)}" for count in [*counts, *range(10)]]
    assert row_layouts(events) == {}


@pytest.mark.parametrize(
    "events",
    [
        [f"{TIME} | INFO | a | b | c | d"] * 4,
        [f'{TIME};a;b;c;{{"d": 1}}'] * 4,
        [f"{TIME};a;b;c;d\nmore"] * 4,
        [f"{TIME} the order of ana in the shop was paid by card"] * 4,
        [f"{TIME} 1 2 3 4 5 6 7 8 9"] * 3,
        [f"{TIME} a=1 b=2 c=3 d=4 e=5 f=6 g=7 h=8 i=9"] * 4,
        ["a;b;c;d;e;f"] * 4,
    ],
    ids=["a level", "an object", "lines", "words", "few", "pairs", "no time"],
)
def test_what_is_no_row(events: list[str]) -> None:
    assert row_layouts(events) == {}


@pytest.mark.parametrize(
    ("events", "is_read"),
    [
        ([f"web-{n} {TIME} INFO came" for n in range(2)], True),
        ([f"web {TIME} INFO came"], True),
        ([f"{n} node-{n} {TIME} came" for n in range(4)], False),
        ([f"{n} node-{n} {TIME} sshd[17]: came" for n in range(2)], True),
        ([f"backup of {TIME} came" for n in range(4)], False),
        ([f"since: {TIME} nothing came" for n in range(4)], False),
        ([f"On {TIME} the ERROR rate rose" for n in range(4)], False),
    ],
)
def test_fields_before_a_time_are_read_if_it_is_of_no_sentence(events: list[str], is_read: bool) -> None:
    layouts = HeaderFormat().learned(pa.array(events)).layouts
    assert bool(layouts) == is_read
    assert all(text.startswith("{field_1:token} ") for text in layouts)


@pytest.mark.parametrize("sign", [" | ", "\t"])
def test_a_level_in_a_row_is_that_of_the_event(sign: str) -> None:
    events = [sign.join([TIME, "ana", "Rome", str(n), "ERROR in x"]) for n in range(2)]
    rows = parsed_rows(HeaderFormat(), events)
    assert [(row["level"], row["field_3"], row["field_5"]) for row in rows] == [("ERROR", "Rome", "ERROR in x")] * 2
