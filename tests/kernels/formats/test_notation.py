"""The notation of shapes, and the definitions that use it: what they mean, and what a broken one says."""

from __future__ import annotations

import pyarrow as pa
import pytest
from support.logs.parsed import parsed_rows

from loglake.errors import ConfigError
from loglake.kernels.formats.definitions import format_in, library, read_definitions
from loglake.kernels.formats.notation import KINDS_OF_ALL, compiled, whole_pattern
from loglake.kernels.formats.registry import format_of

pytestmark = pytest.mark.unit

TILL = """
[kinds]
clock = '/[0-9:]+/'

[till]
title = 'Tills'
source = 'https://example.com/tills'
starts = 'TILL '
text = [['TILL {till:whole} ', '{time:clock}{? by {user}?} {<drawer {drawer:whole}{|}lamp>}: {message}']]
steps = [{ take = 'message', find = 'order {order:whole}' }]
level = { field = 'message', ERROR = 'fail' }
example = 'TILL 7 10:00 drawer 3: fails for order 17'
"""


def _pattern(text: str) -> str:
    return whole_pattern(compiled(text, KINDS_OF_ALL))


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        ("{a} {b:whole}", r"^(?P<a>\S+) (?P<b>-?\d+)\s*$"),
        ("{a:/[x/]+/}:{:/ */}{client:port:text}", r"^(?P<a>[x/]+): *(?P<client_port>\S+)\s*$"),
        (r"a\tb\n{message}", r"^a\tb\r?\n(?P<message>(?s:.*))$"),
        ("{?[{a}] ?}{message}", r"^(?:\[(?P<a>\S+)\] )?(?P<message>(?s:.*))$"),
        ("{<x{|}{a:/y+/}>}", r"^(?:x|(?P<a>y+))\s*$"),
        ("{all<{a:/x/}.{b:/y/}>}{:/$/}", r"^(?P<all>(?P<a>x)\.(?P<b>y))$"),
        ("{level:letter}{ {a:decimal}", r"^(?P<level>[TDIWEFC])\{ (?P<a>-?\d+(?:\.\d+)?)\s*$"),
    ],
)
def test_a_text_with_holes_becomes_a_pattern(text: str, pattern: str) -> None:
    assert _pattern(text) == pattern


@pytest.mark.parametrize(
    ("text", "at", "expected"),
    [
        ("{a} {b:int}", 5, "'int' is no kind: expected text, whole, decimal or time, or a kind of headers"),
        ("{a} {client:port}", 5, "if the colon is part of the name, a kind follows it: {client:port:text}"),
        ("{a}{?x", 4, "expected ?} behind it"),
        ("{a} {a}", 5, "expected another name: 'a' is there twice"),
        ("{a:/(?=x)/}", 1, "RE2, which reads the pattern, refuses it"),
        ("{a:/(?P<b>x)/}", 1, "expected no group with a name: the hole is the field"),
        ("x {a/x/}", 3, "expected a hole such as {name}, {name:whole} or {name:/RE2/}"),
    ],
)
def test_a_broken_text_says_the_place_and_what_was_expected(text: str, at: int, expected: str) -> None:
    with pytest.raises(ConfigError) as caught:
        _pattern(text)
    assert f"at character {at}, " in str(caught.value)
    assert expected in str(caught.value)


def test_a_definition_becomes_a_format() -> None:
    till = read_definitions(TILL)["till"].format()
    texts = ["TILL 7 10:00 drawer 3: fails for order 17", "TILL 8 10:01 by ana lamp: on\n  and off", "TILL x"]
    assert parsed_rows(till, texts) == [
        {
            **{"till": 7, "time": "10:00", "drawer": 3, "order": 17},
            **{"message": "fails for order 17", "level": "ERROR"},
        },
        {"till": 8, "time": "10:01", "user": "ana", "message": "on\n  and off"},
        {"message": "TILL x"},
    ]
    assert [*till.about.rare] == ["till", "time", "user", "drawer", "order"]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("level = {", "levle = {", "line 11: till.levle: expected one of title, source"),
        ("{time:clock}", "{time:clok}", "line 9: till.text: at character 19, before '{time:clok}"),
        ("find = ", "fnd = ", "line 10: till.steps, the 1.: a step that cuts a field needs line"),
        ("text = [", "txt = [", "line 9: till.txt: expected one of"),
        ("ERROR = ", "WRONG = ", "line 11: till.level: "),
        ("example = 'TILL", "example = TILL", "Invalid value (at line 12, column 11)"),
    ],
)
def test_a_broken_definition_names_file_line_and_key(old: str, new: str, expected: str) -> None:
    broken = TILL.replace(old, new)
    with pytest.raises(ConfigError) as caught:
        format_in(broken, read_definitions(broken, "shop.toml")["till"], "shop.toml")
    assert str(caught.value).startswith("shop.toml")
    assert expected in str(caught.value)


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("blank = 5", "blank: expected a text in quotes"),
        ("steps = 5", "steps: expected a list of tables, such as"),
        ("steps = [{ take = 'y', line = '{z}' }]", "steps: expected the name of a field, and no text has 'y'"),
        ("steps = [{ take = 5, line = '{z}' }]", "steps, the 1.: take: expected a text in quotes"),
        (
            "steps = [{ take = 'x', as = 'split' }]",
            "steps, the 1.: as = 'split' is no step: use one of address_and_port",
        ),
        ("steps = [{ take = 'x', as = ['pairs'] }]", "steps, the 1.: as = ['pairs'] is no step"),
        (
            "steps = [{ take = 'x', as = 'pairs', each = '(?=KEY)', fields = 'a' }]",
            "(?=: it has no look-around and no back-references",
        ),
        ("steps = [{ take = 'x', as = 'pairs', each = 'KEY', fields = 'a:int' }]", "fields: 'int' is no type"),
        (
            "steps = [{ take = 'x', as = 'replace', find = ['y'], by = 'z' }]",
            "steps, the 1.: find: expected a text in quotes that is not empty",
        ),
        ("steps = [{ take = 'x', find = [1] }]", "steps, the 1.: find: expected a text in quotes, or a list of such"),
        ("steps = [{ take = 'x', line = '{y}', when = { x = 1 } }]", "steps, the 1.: when: expected a table of texts"),
        ("steps = [{ take = 'x', as = 'pairs', each = 'KEY=', fields = 'a' }]", "in each a group such as (?P<value>"),
        (
            "steps = [{ take = 'x', as = 'pairs', each = 'KEY=(?P<v>y)', fields = 'a(' }]",
            "steps, the 1.: Invalid regular expression: missing )",
        ),
        (
            "steps = [{ take = 'x', as = 'address_and_port', names = 'y z' }]",
            "steps, the 1.: Invalid regular expression: invalid named capture group",
        ),
        ("level = ''", "level: expected the name of a field, a table, or a list of tables"),
        ("level = { field = 'x', words = { a = 'LOUD' } }", "level: words: 'LOUD' is no level: expected one of TRACE"),
        ("message = ['x', 'y']", "message: expected a text in quotes"),
        ("newest = '{b}'", "newest: expected one of title, source"),
        ("text = []", "text: expected a text in quotes, or a list of such"),
        ("text = '{a-b} {a_b}'", "text: at character 7, before '{a_b}': expected another name: 'a_b' is there twice"),
        ("line = '{a} {a}'", "line: expected each name once, and 'a' is there twice"),
        ("line = '{a}{b}'", "line: at character 1, before '{a}{b}': expected {name}"),
        ("line = '{a} {b}'\nusual = { a = '(' }", "usual: Invalid regular expression: missing )"),
        ("json = ''", "json: expected a text in quotes that is not empty"),
        ("json = 'a'\nlevel = { LOUD = 'b' }", "level: LOUD: expected one of TRACE"),
        ("level = 5", "level: expected the name of a field, a table, or a list of tables"),
        ("level = 'y'", "level: expected the name of a field, and no text has 'y'"),
        ("level = { field = 'x', ERROR = '(?=a)' }", "level: ERROR: RE2, which reads the pattern, refuses it"),
        ("level = { field = 'x', words = { a = 5 } }", "level: words: expected a table of texts, such as"),
        ("kinds = { a = 5 }", "kinds: a: '5': expected RE2 between slashes"),
        ("message = 'y'", "message: expected the name of a field, and no text has 'y'"),
        ("orders = 'a b a'", "orders: 'a b a': expected each name once, and at most one + with names on both sides"),
        ("orders = 'a + '", "orders: 'a + ': expected each name once"),
        ("orders = ['a', '{b:nope}']", "orders: at character 1, before '{b:nope}': 'nope' is no kind"),
        ("orders = []", "orders: expected a text in quotes, or a list of such"),
        ("line = '{a}'", "title: expected one of line, orders, text, json beside it, and it has 2"),
    ],
)
def test_a_value_that_a_key_does_not_take_is_said(key: str, expected: str) -> None:
    has_reader = key.startswith(("orders", "text", "json", "line = '{a} {a}", "line = '{a}{b}", "line = '{a} {b}"))
    text = f"[a]\n{key}\n" if has_reader else f"[a]\ntext = '{{x}}'\n{key}\n"
    with pytest.raises(ConfigError) as caught:
        format_of("toml", text)
    assert expected in str(caught.value)
    assert str(caught.value).startswith("file, line ")


def test_what_is_nested_too_deep_is_said() -> None:
    nested = f"[a]\ntext = '{'{?' * 500}x{'?}' * 500}'\n"
    with pytest.raises(ConfigError, match=r"line 2: .*too many optional parts"):
        format_in(nested, read_definitions(nested, "a.toml")["a"], "a.toml")
    with pytest.raises(ConfigError, match=r"^a\.toml: it is nested too deep$"):
        read_definitions("a = " + "[" * 50_000, "a.toml")


def test_a_line_has_only_fields_between_separators() -> None:
    line = "[a]\nline = '{x} y {z}'\n"
    with pytest.raises(ConfigError, match=r"line 2: a.line: at character 4, .* with ' ' between them"):
        format_in(line, read_definitions(line, "a.toml")["a"], "a.toml")


@pytest.mark.parametrize("name", sorted(library()))
def test_the_example_of_each_definition_is_of_its_format(name: str) -> None:
    each = library()[name].format()
    assert each.matches(pa.array([each.about.example])).to_pylist() == [True]
