"""What a dataset may say of personal data."""

from __future__ import annotations

from typing import Any

import pytest

from loglake.core.schema.redaction import (
    DROP,
    MASK,
    MAX_PATTERN,
    MOST_RULES,
    NO_REDACTION,
    PATTERNS,
    Redaction,
    RedactionRule,
)
from loglake.errors import ConfigError

pytestmark = pytest.mark.unit

ORDER = {"name": "order", "pattern": "ORD-[0-9]{8}", "action": DROP}


def test_built_in_patterns_and_ones_own_are_kept_in_order() -> None:
    redaction = Redaction.from_json(["email", {"name": "card", "action": DROP}, ORDER])
    assert redaction.rules == (
        RedactionRule("email", "", MASK),
        RedactionRule("card", "", DROP),
        RedactionRule("order", "ORD-[0-9]{8}", DROP),
    )
    assert redaction
    assert not NO_REDACTION
    assert Redaction.from_json(redaction.to_json()) == redaction


@pytest.mark.parametrize(
    ("item", "rule"),
    [
        ({"field": "user.email"}, RedactionRule("user_email", field="user.email")),
        ({"field": "*Password*", "action": DROP}, RedactionRule("password", action=DROP, field="*Password*")),
        ({"field": "uid", "name": "user"}, RedactionRule("user", field="uid")),
    ],
)
def test_a_field_is_called_like_its_path_unless_it_has_a_name(item: Any, rule: RedactionRule) -> None:
    redaction = Redaction.from_json([item])
    assert redaction.rules == (rule,)
    assert Redaction.from_json(redaction.to_json()) == redaction


def test_two_fields_may_have_one_name() -> None:
    fields = [{"field": "uid", "name": "user"}, {"field": "user_id", "name": "user"}]
    assert [rule.field for rule in Redaction.from_json(fields).rules] == ["uid", "user_id"]


def test_all_patterns_are_known() -> None:
    assert [rule.name for rule in Redaction.from_json(list(PATTERNS)).rules] == list(PATTERNS)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ([], f"redact is a list of 1 to {MOST_RULES} patterns"),
        ("email", "redact is a list of 1 to"),
        (["email"] * (MOST_RULES + 1), "redact is a list of 1 to"),
        (["email", "card", "email"], "redact: email is there twice: leave one of them out"),
        ([7], "redact: 7 must be a name out of email, card"),
        ([{"name": 7}], r"redact: \{'name': 7\} must be"),
        ([{"name": "order", "regex": "x"}], "redact: unknown key 'regex': an item takes name, pattern, field, action"),
        ([{"pattern": "x"}], "redact: name: '' must be 1 to 40 of"),
        ([{"name": "Order", "pattern": "x"}], "redact: name: 'Order' must be"),
        ([{**ORDER, "action": "hide"}], "redact: order: action: 'hide' must be one of mask, drop"),
        ([{"name": "card", "pattern": "x"}], "redact: card is a built-in pattern: give yours another name"),
        (["uid", {"field": "uid"}], "redact: 'uid' is not known"),
        ([{"field": "uid"}, {"field": "uid"}], "redact: uid is there twice"),
        ([{"field": "uid", "name": "u", "pattern": "x"}], "redact: u has a field and a pattern: make two items of it"),
        ([{"field": "*"}], r"redact: field: '\*' must be a name or a path, such as user.email or \*password\*"),
        ([{"field": "user.*"}], "must be a name or a path"),
        ([{"field": 'a"b', "name": "x"}], "must be a name or a path"),
        ([{"field": "..a"}], "must be a name or a path"),
        ([{"field": "日本"}], "redact: name: '' must be"),
        (["emial"], "redact: 'emial' is not known: .*email"),
        (["password"], "redact: 'password' is not known"),
        (["zzzzzz"], "redact: 'zzzzzz' is not known: take one of email, card"),
        (
            [{"name": "long", "pattern": "x" * (MAX_PATTERN + 1)}],
            "redact: long: pattern: has 2,001 characters",
        ),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_written(data: Any, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        Redaction.from_json(data)
