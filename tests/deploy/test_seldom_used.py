"""Permissions that a good run does not use: each one is granted, and has its reason."""

from __future__ import annotations

from typing import Any

import pytest
from support.deployments.templates import deployed_stacks

from loglake_cli.deploy.seldom_used import SeldomUsed, read_seldom_used, reason_of

pytestmark = pytest.mark.infra

SELDOM = read_seldom_used()


def granted() -> list[tuple[str, str, str]]:
    """Name of the deployed role, action and resource."""

    def listed(value: Any) -> list[str]:
        return value if isinstance(value, list) else [value]

    return [
        (f"loglake-access-{role}-1", action, resource)
        for role, properties in deployed_stacks()["access"].of_type("AWS::IAM::Role").items()
        for policy in properties["Policies"]
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
    known = [SeldomUsed("ExportRole", "s3:PutObject", "arn:aws:s3:::*/rejected/[*]", "a request makes no sense")]
    role, resource = "loglake-access-ExportRole-1", "arn:aws:s3:::control/rejected/*"
    assert reason_of(known, role, "s3:PutObject", resource) == "a request makes no sense"
    assert reason_of(known, "loglake-access-ConvertRole-1", "s3:PutObject", resource) == ""
    assert reason_of(known, role, "s3:GetObject", resource) == ""
    assert reason_of(known, role, "s3:PutObject", "arn:aws:s3:::control/rejected/x") == ""
