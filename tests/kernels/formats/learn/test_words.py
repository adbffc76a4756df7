"""A header that is split at its spaces has the fields and the message that its layout's own pattern finds."""

from __future__ import annotations

import re

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loglake.kernels.formats.kinds import KINDS, WORDS
from loglake.kernels.formats.learn.layout import layout_of
from loglake.kernels.formats.learn.words import cut_header
from loglake.kernels.formats.text_fields import cut

pytestmark = pytest.mark.unit

LAYOUTS = (
    "{timestamp:iso} {level:capitals} [{thread:square}] {logger:name}: ",
    "{timestamp:iso} [{thread:square}] {level:capitals} {logger:path} - ",
    "{timestamp:iso} {host:host} {level:capitals} ",
    "[{timestamp:iso}] ({context:round}) {level:any_case}: ",
    "{timestamp:iso} {level:capitals} ",
    "{timestamp:iso} ",
    "{timestamp:iso} | {level:capitals} | {logger:path} | ",
    "{level:capitals} {timestamp:iso} {pid:number} --- [{thread:square} {request_id:id}] {logger:path} : ",
    "{timestamp:iso} {level:capitals} {logger:name} …{pairs}",
)
VALUES = {
    "iso": ["2026-11-21 08:00:00,1", "2026-11-21T08:00:00Z", "2026-11-21, 08:00:00 UTC", "2026-11-21 08:00:00+01:00"],
    "capitals": ["INFO", "WARN", "INFO WARN"],
    "any_case": ["info", "Warn"],
    "square": ["main", "pool 1", "a[b]c", "[x] y", "a] INFO [b", "k: v"],
    "round": ["main", "(a) b", "a) b (c"],
    "name": ["shop.orders", "a.[b c]", "a_b", "a::b", "a.b: x.y"],
    "path": ["Orders", "a.b", "a.[b c]", "<x>"],
    "host": ["web-1", "UTC", "0000"],
    "number": ["17"],
    "id": ["0123456789abcdef"],
}
SPACES = st.sampled_from([" ", " ", " ", " ", "  ", "\t", ""])
MESSAGES = st.sampled_from(
    ["received", "UTC is a zone", "+0100 is one too", "", "a: b [c] (d)\n\tat e.f", " - x", "INFO a=1 b=2"]
)


@st.composite
def _lines(draw: st.DrawFn, text: str) -> str:
    """A line with the layout, or nearly: some spaces are others, and some values may not be split."""
    head, tail, _ = text.partition("…")
    spaced = re.sub(" ", lambda _: draw(SPACES), head)
    filled = re.sub(r"\{\w+:(\w+)\}", lambda found: draw(st.sampled_from(VALUES[found[1]])), spaced)
    return filled + draw(MESSAGES) + (" a=1 b=2" if tail else "")


@given(st.data(), st.sampled_from(LAYOUTS))
def test_fields_and_message_are_those_of_the_pattern(data: st.DataObject, text: str) -> None:
    layout = layout_of(text)
    lines = data.draw(st.lists(_lines(text), min_size=1, max_size=8))
    raw = pa.array([line for line in lines if re.match(layout.start, line, re.ASCII)], pa.string())
    found = cut_header(raw, layout)
    assert {name: found[name].to_pylist() for name in sorted(found)} == {
        name: values.to_pylist() for name, values in sorted(cut(raw, layout.pattern).items())
    }


@given(st.data(), st.sampled_from(sorted(WORDS)))
def test_values_of_words_have_no_space_but_that_of_a_time(data: st.DataObject, kind: str) -> None:
    for pattern in WORDS[kind]:
        words = pattern.count(" ") + 1
        value = data.draw(st.from_regex(re.compile(pattern, re.ASCII), fullmatch=True))
        assert len(value.split(" ")) == words
        assert len(value.encode().split()) == words
        assert re.fullmatch(KINDS[kind], value, re.ASCII)
