"""Which services may take on a role, and for which resources."""

from __future__ import annotations

import json
from typing import Any

import pytest

from athena_duckdb.errors import ConfigError
from gluelocal.cloud.embedded_aws import EmbeddedAws
from gluelocal.iam.enforcement import Enforcement
from gluelocal.iam.policies import Role, no_trust, trust_of

pytestmark = pytest.mark.local

ACCOUNT, REGION = "123456789012", "us-east-1"
EVENTS, GLUE = "events.amazonaws.com", "glue.amazonaws.com"
RULE = f"arn:aws:events:{REGION}:{ACCOUNT}:rule/on"
TRUST: dict[str, Any] = {"Effect": "Allow", "Principal": {"Service": EVENTS}, "Action": "sts:AssumeRole"}
OF_RULE = {"ArnEquals": {"aws:SourceArn": RULE}}
OF_ACCOUNT = {"StringEquals": {"aws:SourceAccount": ACCOUNT}}


def role(*statements: dict[str, Any]) -> Role:
    return Role("r", f"arn:aws:iam::{ACCOUNT}:role/r", (), trust={"Statement": list(statements)})


def trusts(statements: list[dict[str, Any]], service: str = EVENTS, source: str = RULE, account: str = ACCOUNT) -> bool:
    return trust_of(role(*statements), service, source, account, REGION).allowed


@pytest.mark.parametrize(
    ("statement", "trusted"),
    [
        (TRUST, True),
        ({**TRUST, "Principal": "*"}, True),
        ({**TRUST, "Principal": {"AWS": "arn:aws:iam::123456789012:root"}}, False),
        ({**TRUST, "Action": ["sts:TagSession"]}, False),
        ({**TRUST, "Action": "sts:*"}, True),
        ({**TRUST, "Condition": {**OF_ACCOUNT, **OF_RULE}}, True),
        ({**TRUST, "Condition": {"StringEquals": {"aws:SourceAccount": "999999999999"}}}, False),
        ({**TRUST, "Condition": {**OF_ACCOUNT, "ArnEquals": {"aws:SourceArn": f"{RULE}2"}}}, False),
        ({**TRUST, "Condition": {"ArnLike": {"aws:SourceArn": f"arn:aws:events:*:{ACCOUNT}:rule/*"}}}, True),
        ({**TRUST, "Condition": {"StringEquals": {"aws:PrincipalAccount": ACCOUNT}}}, False),  # a service has none
    ],
)
def test_a_statement_trusts_a_service(statement: dict[str, Any], *, trusted: bool) -> None:
    assert trusts([statement]) is trusted


def test_nobody_is_trusted_by_default_and_a_deny_wins() -> None:
    assert not trusts([])
    assert not trusts([TRUST], GLUE)
    assert not trusts([TRUST, {**TRUST, "Effect": "Deny", "Condition": OF_RULE}])
    assert trusts([TRUST, {**TRUST, "Effect": "Deny", "Condition": OF_RULE}], source=f"{RULE}2")


def test_another_account_is_not_trusted() -> None:
    here = [{**TRUST, "Condition": OF_ACCOUNT}]
    assert trusts(here)
    assert not trusts(here, account="999999999999", source=f"arn:aws:events:{REGION}:999999999999:rule/on")


def test_a_refusal_says_what_to_correct() -> None:
    start = f"the role r does not let {EVENTS} take it on for {RULE}: "
    conditional = role({**TRUST, "Condition": {"StringEquals": {"aws:SourceAccount": "999999999999"}}})
    assert no_trust(conditional, EVENTS, RULE) == (
        f"{start}the Condition of its AssumeRolePolicyDocument does not hold; correct it, or give another role"
    )
    assert no_trust(role({**TRUST, "Principal": {"Service": GLUE}}), EVENTS, RULE) == (
        f"{start}its AssumeRolePolicyDocument names {GLUE}; add {EVENTS}, or give another role"
    )
    assert "names no service" in no_trust(role(), EVENTS, RULE)


def made(aws: EmbeddedAws, *statements: dict[str, Any]) -> Enforcement:
    document = json.dumps({"Version": "2012-10-17", "Statement": statements})
    aws.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=document)
    return Enforcement(aws)


def test_every_resource_is_checked_and_all_share_a_session(aws: EmbeddedAws) -> None:
    enforced = made(aws, {**TRUST, "Condition": {"ArnLike": {"aws:SourceArn": f"{RULE}*"}}})
    session = enforced.take_on("r", EVENTS, RULE)
    assert enforced.take_on("r", EVENTS, f"{RULE}2") is session
    with pytest.raises(ConfigError, match=r"take it on for .*:rule/other: the Condition"):
        enforced.take_on("r", EVENTS, f"arn:aws:events:{REGION}:{ACCOUNT}:rule/other")
    assert enforced.roles == [session.role]


def test_a_condition_that_nobody_knows_is_taken_to_hold_and_reported(aws: EmbeddedAws) -> None:
    enforced = made(aws, {**TRUST, "Sid": "Ours", "Condition": {"StringEquals": {"aws:SourceOrgID": "o-1"}}})
    enforced.take_on("r", EVENTS, RULE)
    assert enforced.record.unchecked == [("r", "Ours")]
