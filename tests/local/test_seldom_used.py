"""Permissions that a good run does not use: each one is granted, and has its reason."""

from __future__ import annotations

from typing import Any

import pytest
from support.deployments.templates import deployed_stacks

from loglake_cli.local.local_run import SeldomUsed, read_seldom_used, when_used

pytestmark = pytest.mark.infra

SELDOM = read_seldom_used()


def granted() -> list[tuple[str, str, str]]:
    """Name of the deployed role, action and resource."""

    def listed(value: Any) -> list[str]:
        return value if isinstance(value, list) else [value]

    access = deployed_stacks()["access"]
    inside, beside = (access.of_type(f"AWS::IAM::{kind}") for kind in ("Role", "Policy"))
    policies = [(role, each) for role, item in inside.items() for each in item.get("Policies", [])]
    policies += [(role, each) for each in beside.values() for role in each["Roles"]]
    return [
        (f"loglake-access-{role}-1", action, resource)
        for role, policy in policies
        for statement in policy["PolicyDocument"]["Statement"]
        for action in listed(statement["Action"])
        for resource in listed(statement["Resource"])
    ]


def test_each_of_them_is_granted() -> None:
    there = granted()
    assert [each for each in SELDOM if not any(each.covers(*permission) for permission in there)] == []


def test_each_of_them_says_when() -> None:
    assert all(len(each.when.split()) >= 3 for each in SELDOM)


def test_a_permission_is_known_by_role_action_and_resource() -> None:
    known = SeldomUsed("ExportRole", "s3:PutObject", "arn:aws:s3:::*/rejected/[*]", "a request makes no sense")
    role, resource = "loglake-access-ExportRole-1", "arn:aws:s3:::control/rejected/*"
    assert known.covers(role, "s3:PutObject", resource)
    assert not known.covers("loglake-access-ConvertRole-1", "s3:PutObject", resource)
    assert not known.covers(role, "s3:GetObject", resource)
    assert not known.covers(role, "s3:PutObject", "arn:aws:s3:::control/rejected/x")


def test_what_no_entry_covers_has_no_reason() -> None:
    role, action, resource = next(each for each in granted() if SELDOM[0].covers(*each))
    assert when_used(role, action, resource) == SELDOM[0].when
    assert when_used(role, "s3:GetNothing", resource) == ""
