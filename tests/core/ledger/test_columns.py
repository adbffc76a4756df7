"""Objects that are much alike take little room as columns, and come back as they were."""

from __future__ import annotations

import json
import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loglake.core.ledger.columns import pack, unpack

pytestmark = pytest.mark.unit

HEX = st.binary(max_size=4).map(bytes.hex)
VALUES = st.recursive(
    st.none() | st.integers(-(2**63), 2**63) | HEX | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=6,
)
ALIKE = st.fixed_dictionaries(
    {"number": st.integers(), "digest": st.binary(min_size=4, max_size=4).map(bytes.hex), "flag": st.booleans()},
    optional={"counts": st.dictionaries(st.sampled_from("xyz"), st.integers(0, 9)), "name": st.none() | HEX},
)


@given(st.lists(ALIKE | st.dictionaries(st.sampled_from("abc"), VALUES, max_size=3), max_size=6))
def test_objects_come_back_as_they_were(values: list[dict[str, Any]]) -> None:
    assert unpack(pack(values), len(values)) == values


def test_a_person_can_read_what_is_packed() -> None:
    values = [{"at": 5, "of": "shop", "read_as": {"json": 1}}, {"at": 7, "of": "shop", "read_as": {}}]
    assert json.loads(zlib.decompress(pack(values))) == {
        "by": {
            "at": {"steps": [5, 2]},
            "of": {"all": "shop"},
            "read_as": {"by": {"json": {"all": 1}}, "lacks": {"json": [1]}},
        },
        "lacks": {},
    }


def test_a_digest_takes_its_bytes_and_a_repetition_nothing() -> None:
    values = [{"digest": f"{number * 0x9E3779B97F4A7C15 % 2**64:016x}", "same": "x" * 99} for number in range(200)]
    assert len(pack(values)) < 200 * 8 + 100


@pytest.mark.parametrize(
    ("packed", "why"),
    [
        (b"no zip", "can't be unpacked"),
        (zlib.compress(b"{"), "Expecting"),
        (zlib.compress(b'{"each": [{}, {}]}')[:-2], "its end is missing"),
        (zlib.compress(b'{"each": [{}]}'), "a column has 1 values, and not 2"),
        (zlib.compress(b'{"steps": [1, 2, 3]}'), "a column has 3 values, and not 2"),
        (zlib.compress(b'{"hex": 4}') + b"abc", "a column has 1 values, and not 2"),
        (zlib.compress(b'{"hex": 4}') + b"abcde", "more bytes than its columns"),
        (zlib.compress(b'{"hex": 4}') + b"ab", "a column has 1 values, and not 2"),
    ],
)
def test_what_is_damaged_is_refused(packed: bytes, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        unpack(packed, 2)


@pytest.mark.parametrize("column", [b'{"some": 1}', b"[]", b'{"by": {"a": {"all": 1}}}', b'{"hex": "x"}'])
def test_what_another_version_wrote_is_refused(column: bytes) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        unpack(zlib.compress(column), 2)
