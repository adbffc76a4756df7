from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from loglake.kernels.arrow import bytes_of, coalesce, occurs, split_at, spread, without

pytestmark = pytest.mark.unit

TEXTS = pa.array(["one", "", "tw\u00f6", "three"])


@pytest.mark.parametrize(
    ("start", "length", "bounds", "data"),
    [
        (0, 4, [0, 3, 3, 7, 12], "onetw\u00f6three"),
        (1, 2, [0, 0, 4], "tw\u00f6"),
        (1, 1, [0, 0], ""),
        (4, 0, [0], ""),
    ],
)
def test_the_bytes_of_a_slice(start: int, length: int, bounds: list[int], data: str) -> None:
    found, joined = bytes_of(TEXTS.slice(start, length))
    assert (found.tolist(), joined.tobytes().decode()) == (bounds, data)


def test_texts_without_a_buffer() -> None:
    assert bytes_of(pa.nulls(2, pa.string()))[0].tolist() == [0, 0, 0]
    assert not occurs(pa.array([], pa.string()), "a")


@pytest.mark.parametrize(
    ("start", "length", "pattern", "found"),
    [
        (0, 4, "hre", True),
        (0, 3, "hre", False),
        (2, 2, "one", False),
        (0, 4, "\u00f6", True),
        (0, 4, "etw", True),  # of two texts side by side: only a no is sure
    ],
)
def test_what_occurs_somewhere(start: int, length: int, pattern: str, found: bool) -> None:
    assert occurs(TEXTS.slice(start, length), pattern) is found


def test_texts_are_split_at_a_byte_of_each() -> None:
    texts = pa.array(["skipped", "ab", "", "\u00e9x"])[1:]
    before, after = split_at(texts, pa.array([1, 0, 2], pa.int32()))
    assert (before.to_pylist(), after.to_pylist()) == (["a", "", "\u00e9"], ["b", "", "x"])


@pytest.mark.parametrize(
    ("texts", "there", "found"),
    [
        (["a", "", None, "b\u00f6"], [0, 1, 1, 0, 1, 1], [None, "a", "", None, None, "b\u00f6"]),
        (["a"], [1], ["a"]),
        (["", ""], [1, 0, 1], ["", None, ""]),  # no bytes at all
        ([], [0, 0], [None, None]),
    ],
)
def test_texts_are_spread_over_more_places(texts: list[str | None], there: list[int], found: list[str | None]) -> None:
    made = spread(pa.array(["skipped", *texts], pa.string())[1:], np.array(there, np.bool_))
    made.validate(full=True)
    assert made.to_pylist() == found


@pytest.mark.parametrize(
    ("candidates", "found"),
    [
        ([["a", "b"], [None, "c"]], ["a", "b"]),
        ([["a", None], [None, None], ["c", "d"], ["e", "f"]], ["a", "d"]),
        ([[None, None], [None, "b"]], [None, "b"]),
        ([[None, None], [None, None]], [None, None]),
        ([[], []], []),
    ],
)
def test_the_first_value_that_is_there(candidates: list[list[str | None]], found: list[str | None]) -> None:
    made = coalesce(*(pa.array(each, pa.string()) for each in candidates))
    assert (made.to_pylist(), made.type) == (found, pa.string())


@pytest.mark.parametrize(("texts", "found"), [(["a", None], ["a", None]), (["-", "a", None], [None, "a", None])])
def test_blank_texts_are_null(texts: list[str | None], found: list[str | None]) -> None:
    assert without(pa.array(texts, pa.string()), "-").to_pylist() == found
