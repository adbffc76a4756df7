from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loglake.kernels.formats.pairs.keyed import keyed_values

pytestmark = pytest.mark.unit

_KEYS = st.text("ABC_", min_size=1, max_size=2)
_VALUES = st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs"]), max_size=5)
_EVENT = st.lists(st.one_of(st.tuples(_KEYS, _VALUES), st.just(("", "no key"))), max_size=6)


@given(st.lists(_EVENT, max_size=6))
def test_every_value_is_found_under_its_key(events: list[list[tuple[str, str]]]) -> None:
    texts = ["\n".join(f"{key}={value}" for key, value in event) for event in events]
    found = keyed_values(pa.array(texts, pa.string()), "\n", "=")
    expected: list[dict[str, str]] = []
    for event in events:
        row: dict[str, str] = {}
        for key, value in event:
            times = sum(name == key or name.startswith(f"{key}.") for name in row)
            if key:
                row[key if not times else f"{key}.{times + 1}"] = value
        expected.append({name: value for name, value in row.items() if value})
    assert {len(values) for values in found.values()} <= {len(events)}
    rows = [{name: values[row].as_py() for name, values in found.items()} for row in range(len(events))]
    assert [{name: value for name, value in row.items() if value is not None} for row in rows] == expected
