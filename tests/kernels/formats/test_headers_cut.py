"""A header that is cut without its message has the groups, and the message, that the whole pattern has."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loglake.kernels.arrow import pc
from loglake.kernels.formats.text_fields import REST, cut

pytestmark = pytest.mark.unit

PATTERNS = (
    rf"^(?P<time>\d+) (?:(?P<level>[A-Z]+) )?(?P<name>\w+)?:? ?{REST}",
    rf"^(?P<a>x|xy|\(|[|)]+)(?:\s+|$){REST}",
    rf"^(?P<a>x+)|y{REST}",
    rf"(?P<a>\d+) {REST}",
    rf"^{REST}",
)
"""The third is a choice of two headers, and the fourth may start anywhere."""

_TEXTS = st.text(st.sampled_from("17 AB:xy|()\né"), max_size=12) | st.none()


@given(st.sampled_from(PATTERNS), st.lists(_TEXTS, min_size=1, max_size=5))
def test_header_and_message_are_those_of_the_whole_pattern(pattern: str, texts: list[str | None]) -> None:
    raw = pa.array(texts, pa.string())
    found = pc.extract_regex(raw, pattern)
    expected = {
        field.name: [text or None for text in pc.struct_field(found, field.name).to_pylist()] for field in found.type
    }
    assert {name: values.to_pylist() for name, values in cut(raw, pattern).items()} == expected
