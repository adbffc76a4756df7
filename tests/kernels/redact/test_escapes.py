from __future__ import annotations

import pytest

from loglake.kernels.redact.escapes import View

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("text", "decoded", "found", "there"),
    [
        (r"a \u0040\u00e4 b", "a @ä b", "@ä", r"\u0040\u00e4"),
        (r"x\\n\nab", "x\\n\nab", "ab", "ab"),
        ("a%40b%2fc", "a@b/c", "@b/", "%40b%2f"),
        ("&lt;a&#64;b&#x40;c&gt;", "<a@b@c>", "a@b@c", "a&#64;b&#x40;c"),
        ("\x1b[31mab\x1b[0mc\x1b[1m", "abc", "abc", "ab\x1b[0mc"),
        (r"\ud83d\ude00 \x41", "\\ud83d\\ude00 A", "A", r"\x41"),
    ],
)
def test_what_is_found_in_decoded_text_has_its_place_in_the_event(
    text: str, decoded: str, found: str, there: str
) -> None:
    inner = View(text).decoded()
    assert inner is not None
    assert inner.text == decoded
    at = decoded.index(found)
    start, end = inner.in_event(at, at + len(found))
    assert text[start:end] == there


def test_escapes_in_escapes_are_followed_to_the_event() -> None:
    text = r'{"a": "{\"b\": \"joe\\u0040example\"}"}'
    once = View(text).decoded()
    assert once is not None
    twice = once.decoded()
    assert twice is not None
    at = twice.text.index("joe@example")
    start, end = twice.in_event(at, at + len("joe@example"))
    assert text[start:end] == r"joe\\u0040example"


def test_no_part_of_an_escape_is_taken() -> None:
    assert View(r"a\nb").in_event(2, 4) == (3, 4)
    assert View(r"ab\n").in_event(0, 3) == (0, 4)


def test_text_without_escapes_is_not_decoded() -> None:
    assert View("100% sure, a & b, C:\\dir").decoded() is None
