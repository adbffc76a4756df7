"""Permissions that a good run does not use: each one is granted, and has its reason."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any

import pytest
from support.deployments.templates import deployed_stacks

from loglake_cli.local.local_run import read_seldom_used, when_used

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
    assert {when for *_, when in SELDOM} == {when_used(*permission) for permission in there} - {""}
    for role, action, resource, _ in SELDOM:
        asked = [each for each in there if f"-{role}-" in each[0] and each[1] == action]
        assert any(fnmatchcase(each[2], resource) for each in asked), (role, action, resource)


def test_each_of_them_says_when() -> None:
    assert all(len(when.split()) >= 3 for *_, when in SELDOM)


def test_a_permission_is_known_by_role_action_and_resource() -> None:
    _, action, _, when = SELDOM[0]
    role, _, resource = next(each for each in granted() if when_used(*each) == when and each[1] == action)
    assert when_used(role, action, resource) == when
    assert when_used("loglake-access-OtherRole-1", action, resource) == ""
    assert when_used(role, "s3:GetNothing", resource) == ""
    assert when_used(role, action, "arn:aws:s3:::elsewhere") == ""
