from __future__ import annotations

import pyarrow as pa
import pytest

from loglake.kernels.arrow import bytes_of, occurs, split_at

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
