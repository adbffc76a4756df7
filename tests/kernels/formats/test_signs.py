"""No event of a format is passed over because of the signs that the format names."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scores.sets import fixture_events

from loglake.kernels.arrow import Mask, no_mask, texts_of
from loglake.kernels.formats.base import Format, Sign
from loglake.kernels.formats.registry import FORMATS, format_of
from loglake.kernels.formats.shape import Shapes
from loglake.kernels.formats.signs import Signs
from loglake.kernels.sample import count_formats

pytestmark = pytest.mark.unit

EVENTS = fixture_events()
SIGNED = [name for name, each in FORMATS.items() if each.signs]
CHARACTERS = [*"\" \t\n\r\f\v-+.:,;/|<>[](){}=@#%_'", "\x1b", "\x00", *"019afgzAFZ", "é"]
LOOKED_AT = 16
"""Characters at the start: more than any sign has."""


class _Named:
    """A format that has nothing but signs."""

    def __init__(self, *signs: Sign) -> None:
        self.signs = signs


def _may_be(texts: Sequence[str], each: Format | _Named) -> Mask:
    known: Format = each  # type: ignore[assignment]  # signs are all that is asked for
    return Signs(pa.array(texts, pa.string())).may_be(known)


def _passed_over(texts: Sequence[str], each: Format) -> list[str]:
    """Events that a format reads, and that have none of its signs. Alone: another one may have a literal for them."""
    raw = pa.array(texts, pa.string())
    own = texts_of(raw.filter(each.matches(raw)))
    return [text for text in own if not Signs(pa.array([text])).may_be(each).all()]


def _changed(text: str) -> Iterator[str]:
    """The event with each of its first characters in turn left out, and replaced or preceded by others."""
    for at in range(min(LOOKED_AT, len(text) + 1)):
        yield text[:at] + text[at + 1 :]
        for each in CHARACTERS:
            yield text[:at] + each + text[at:]
            yield text[:at] + each + text[at + 1 :]


@pytest.mark.parametrize("name", SIGNED)
def test_events_of_a_format_have_its_signs_alone_and_among_others(name: str) -> None:
    for text in EVENTS[name]:
        assert _may_be([text], FORMATS[name]).all(), text
        assert count_formats(pa.array([text, "nothing of note"]))[name] == 1
    assert _may_be(EVENTS[name], FORMATS[name]).all()


@pytest.mark.parametrize("name", SIGNED)
def test_changed_events_that_a_format_still_reads_have_its_signs(name: str) -> None:
    chance = random.Random(name)
    own = chance.sample(EVENTS[name], min(len(EVENTS[name]), 6))
    assert not _passed_over([each for text in own for each in _changed(text)], FORMATS[name])


def _patterns(each: Format) -> list[str]:
    shapes: Shapes | None = getattr(each, "shapes", None)
    return [shape.pattern.replace(r"\x{FEFF}", "\ufeff") for shape in shapes.shapes] if shapes else []


@pytest.mark.parametrize("name", [name for name in SIGNED if _patterns(FORMATS[name])])
def test_whatever_has_the_pattern_of_a_format_has_its_signs(name: str) -> None:
    each = FORMATS[name]

    @settings(max_examples=4, deadline=None)
    @given(st.one_of([st.from_regex(re.compile(pattern, re.ASCII)) for pattern in _patterns(each)]))
    def check(text: str) -> None:
        assert not _passed_over([text], each)

    check()


def test_a_format_in_another_order_has_no_signs_of_the_usual_one() -> None:
    for name, fields, line in (
        ("vpc_flow", ("srcaddr", "dstaddr", "action"), "10.0.0.1 10.0.0.2 ACCEPT"),
        ("cloudfront", ("c-ip", "date", "time"), "192.0.2.1\t2026-11-21\t08:00:00"),
        ("cloudfront_realtime", ("c-ip", "sc-status", "cs-method"), "192.0.2.1\t200\tGET"),
    ):
        assert _may_be([line], format_of(name, fields=fields)).all()


@pytest.mark.parametrize(
    ("start", "texts", "expected"),
    [
        (r"\d{2}-", ["17-", "17-x", "1-", "17", "", "x7-"], [1, 1, 0, 0, 0, 0]),
        ("ab|c", ["ab", "c", "a", "b", "", "abc"], [1, 1, 0, 0, 0, 1]),
        ("[^ \\]]", ["é", "]", " x", "", "x"], [1, 0, 0, 0, 1]),
        ("", ["", "x"], [1, 1]),
    ],
)
def test_a_start_is_one_character_after_the_other(start: str, texts: list[str], expected: list[int]) -> None:
    assert _may_be(texts, _Named(Sign(start))).tolist() == [bool(each) for each in expected]
    assert [bool(_may_be([text], _Named(Sign(start)))[0]) for text in texts] == [bool(each) for each in expected]


def test_no_events_have_no_signs_and_what_is_left_keeps_its_own() -> None:
    each = _Named(Sign("a", "="), Sign("b"))
    known: Format = each  # type: ignore[assignment]
    assert _may_be([], each).tolist() == no_mask(0).tolist()
    texts = pa.array(["a", "b", "c", "a=1"])
    signs = Signs(texts)
    assert signs.may_be(known).tolist() == [True, True, False, True]
    signs.leave(texts.take([1, 2]))
    assert signs.may_be(known).tolist() == [True, False]
    assert _may_be(["a", "b"], each).tolist() == [False, True]


@pytest.mark.parametrize("start", ["a+", "(a|b)", "a.*", "[^a]b", r"\Sx"])
def test_a_start_that_may_pass_events_over_is_refused(start: str) -> None:
    with pytest.raises(ValueError, match=r"one character|several bytes"):
        _may_be(["a"], _Named(Sign(start)))
