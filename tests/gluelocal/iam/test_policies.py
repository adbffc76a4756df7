"""Whether a role's policies allow an access, by the rules of the IAM user guide."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gluelocal.iam.patterns import wild, wild_arn
from gluelocal.iam.policies import UNKNOWN, Access, Permission, Role, Statement, read_policy

pytestmark = pytest.mark.unit

KEY = "arn:aws:s3:::lake/tables/shop/x.parquet"
NAMES = st.text("abcd:/-.", min_size=1, max_size=12)
PATTERNS = st.text("abc:/-.*?", min_size=1, max_size=8)
STATEMENTS = st.builds(
    Statement,
    name=st.just("s"),
    effect=st.sampled_from(["Allow", "Deny"]),
    actions=st.lists(PATTERNS, min_size=1, max_size=2).map(tuple),
    resources=st.lists(PATTERNS, min_size=1, max_size=2).map(tuple),
)
ACCESSES = st.builds(Access, action=NAMES, resource=NAMES)


def role(*statements: dict[str, Any], boundary: list[dict[str, Any]] | None = None) -> Role:
    limits = read_policy("limits", {"Statement": boundary}) if boundary is not None else None
    return Role("r", "arn:aws:iam::1:role/r", read_policy("p", {"Statement": list(statements)}), limits)


def allow(action: str | list[str] = "s3:GetObject", resource: str | list[str] = KEY, **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def may(statements: Role, action: str = "s3:GetObject", resource: str = KEY, **context: str) -> bool:
    keys = {name.replace("__", ":").replace("_", "-"): (value,) for name, value in context.items()}
    return statements.decide(Access(action, resource, keys)).allowed


@given(ACCESSES)
def test_nothing_is_allowed_by_default(access: Access) -> None:
    decision = role().decide(access)
    assert not decision.allowed
    assert decision.reason == f"because no identity-based policy allows the {access.action} action"


@given(st.lists(STATEMENTS, max_size=4), ACCESSES)
def test_it_takes_a_statement_that_allows_and_none_that_denies(statements: list[Statement], access: Access) -> None:
    effects = {each.effect for each in statements if each.applies(access)}
    assert Role("r", "a", tuple(statements)).decide(access).allowed == (effects == {"Allow"})


@given(st.lists(STATEMENTS, max_size=4), ACCESSES)
def test_an_explicit_deny_wins_wherever_it_stands(statements: list[Statement], access: Access) -> None:
    deny = Statement("no", "Deny", (access.action,), ("*",))
    for place in range(len(statements) + 1):
        decision = Role("r", "a", (*statements[:place], deny, *statements[place:])).decide(access)
        assert not decision.allowed
        assert decision.reason == "with an explicit deny in an identity-based policy"


@given(NAMES)
def test_a_pattern_without_wildcards_is_the_text_itself(text: str) -> None:
    assert wild(text, text)
    assert wild("*", text)
    assert wild("?" * len(text), text)
    assert not wild(text, text + "x")
    assert not wild("?" * (len(text) + 1), text)


@pytest.mark.parametrize(
    ("pattern", "arn", "matches"),
    [
        ("*", "*", True),
        ("arn:aws:s3:::*", "*", False),
        ("arn:aws:s3:::lake/tables/*", KEY, True),
        ("arn:aws:s3:::lake/tables", KEY, False),
        ("arn:aws:s3:::lake/*/x.parquet", KEY, True),
        ("arn:aws:s3:::lake/*", "arn:aws:s3:::lake", False),
        ("arn:aws:s3:::l?ke/*", KEY, True),
        ("arn:aws:s3:::Lake/*", KEY, False),
        ("arn:*:x", "arn:aws:s3:::x", False),  # a wildcard stays inside its field
        ("arn:aws:s3", KEY, True),  # a short ARN matches anything in the rest
        ("arn:aws:logs:*:1:log-group:/aws-glue/*", "arn:aws:logs:r:1:log-group:/aws-glue/x:log-stream:y", True),
    ],
)
def test_arns(pattern: str, arn: str, matches: bool) -> None:
    assert wild_arn(pattern, arn) is matches


def test_actions_are_the_same_in_any_case() -> None:
    assert may(role(allow("S3:getobject")))
    assert may(role(allow("s3:Get*")))
    assert not may(role(allow("s3:Put*")))


def test_lists_and_what_a_statement_leaves_out() -> None:
    assert may(role(allow(["s3:PutObject", "s3:GetObject"], ["arn:aws:s3:::other/*", "arn:aws:s3:::lake/*"])))
    but = role({"Effect": "Allow", "NotAction": "s3:Delete*", "NotResource": "arn:aws:s3:::raw/*"})
    assert may(but)
    assert not may(but, "s3:DeleteObject")
    assert not may(but, resource="arn:aws:s3:::raw/x")
    assert but.permissions() == [Permission("r", "p 1", "all but s3:Delete*", "all but arn:aws:s3:::raw/*")]
    assert but.decide(Access("s3:GetObject", KEY)).used == tuple(but.permissions())


def test_a_document_with_one_statement_that_is_no_list() -> None:
    assert read_policy("p", {"Statement": allow(Sid="One")})[0].name == "One"


def test_a_boundary_must_allow_it_too() -> None:
    assert may(role(allow(), boundary=[allow("s3:*", "*")]))
    limited = role(allow("s3:*", "*"), boundary=[allow("s3:Get*", "*")])
    assert may(limited)
    assert "permissions boundary" in limited.decide(Access("s3:PutObject", KEY)).reason


def test_an_unknown_resource_is_matched_by_any_pattern() -> None:
    assert may(role(allow("athena:*", "arn:aws:athena:r:1:workgroup/x")), "athena:GetWorkGroup", UNKNOWN)
    assert not may(role(allow("athena:Start*", "*")), "athena:GetWorkGroup", UNKNOWN)


def test_the_permissions_that_an_access_takes_are_reported() -> None:
    granted = role(allow(["s3:GetObject", "s3:PutObject"], ["arn:aws:s3:::lake/*", "arn:aws:s3:::raw/*"], Sid="Data"))
    used = granted.decide(Access("s3:GetObject", KEY)).used
    assert used == (Permission("r", "Data", "s3:GetObject", "arn:aws:s3:::lake/*"),)
    assert len(granted.permissions()) == 4


NAMESPACE = {"StringEquals": {"cloudwatch:namespace": ["Glue", "loglake"]}}


@pytest.mark.parametrize(
    ("condition", "context", "holds"),
    [
        (NAMESPACE, {"cloudwatch__namespace": "loglake"}, True),
        (NAMESPACE, {"cloudwatch__namespace": "Loglake"}, False),
        (NAMESPACE, {}, False),
        ({"StringEqualsIfExists": {"cloudwatch:namespace": "x"}}, {}, True),
        ({"StringNotEquals": {"cloudwatch:namespace": ["a", "b"]}}, {"cloudwatch__namespace": "b"}, False),
        ({"StringNotEquals": {"cloudwatch:namespace": ["a", "b"]}}, {"cloudwatch__namespace": "c"}, True),
        ({"StringNotEquals": {"cloudwatch:namespace": "a"}}, {}, True),
        ({"StringEqualsIgnoreCase": {"s3:prefix": "Tables/"}}, {"s3__prefix": "tables/"}, True),
        ({"StringLike": {"s3:prefix": "tables/*"}}, {"s3__prefix": "tables/shop/"}, True),
        ({"StringLike": {"s3:prefix": "tables/*"}}, {"s3__prefix": "staging/"}, False),
        ({"Null": {"s3:prefix": "true"}}, {}, True),
        ({"Null": {"s3:prefix": "false"}}, {}, False),
        ({"Bool": {"aws:SecureTransport": False}}, {"aws__securetransport": "true"}, False),
        ({"Bool": {"aws:SecureTransport": True}}, {"aws__securetransport": "true"}, True),
        ({"NumericLessThanEquals": {"s3:max-keys": "10"}}, {"s3__max_keys": "10"}, True),
        ({"NumericLessThan": {"s3:max-keys": 10}}, {"s3__max_keys": "many"}, False),
        ({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::1:*"}}, {"aws__principalarn": "arn:aws:iam::1:role/r"}, True),
        ({"ForAllValues:StringEquals": {"s3:prefix": "a"}}, {}, True),
        ({"ForAnyValue:StringEquals": {"s3:prefix": "a"}}, {}, False),
        ({"StringEquals": {"s3:prefix": "${s3:delimiter}x"}}, {"s3__prefix": "/x", "s3__delimiter": "/"}, True),
        ({"StringEquals": {"s3:prefix": "${s3:delimiter}x"}}, {"s3__prefix": "*x", "s3__delimiter": "*"}, True),
        ({"StringEquals": {"s3:prefix": "${aws:username}/x"}}, {"s3__prefix": "1/x"}, False),
        ({"StringLike": {"s3:prefix": "${*}*"}}, {"s3__prefix": "*abc"}, True),
        ({"StringLike": {"s3:prefix": "${*}*"}}, {"s3__prefix": "abc"}, False),
        ({"StringEquals": {"s3:prefix": "${aws:username, 'all'}"}}, {"s3__prefix": "all"}, True),
        ({"StringLike": {"s3:prefix": "a", "s3:delimiter": "/"}}, {"s3__prefix": "a"}, False),
    ],
)  # fmt: skip
def test_conditions(condition: dict[str, Any], context: dict[str, str], holds: bool) -> None:
    assert may(role(allow(Condition=condition)), **context) is holds
    assert may(role(allow(), {**allow(), "Effect": "Deny", "Condition": condition}), **context) is not holds


@pytest.mark.parametrize(
    "condition", [{"StringEquals": {"aws:PrincipalTag/team": "x"}}, {"DateLessThan": {"s3:prefix": "x"}}]
)
def test_a_condition_that_nobody_can_know_here_is_reported(condition: dict[str, Any]) -> None:
    """In an Allow the condition counts as true, so that the run goes on; in a Deny it counts as false."""
    unsure = {**allow(), "Condition": condition, "Sid": "Who"}
    for statements in ([unsure], [allow(), {**unsure, "Effect": "Deny"}]):
        decision = role(*statements).decide(Access("s3:GetObject", KEY))
        assert decision.allowed
        assert decision.unchecked == ("Who",)
