"""The policy simulator gives the same results for a role as IAM's."""

from __future__ import annotations

from typing import Any

import pytest

from gluelocal.iam.policies import Role, read_policy
from gluelocal.iam.simulator import simulated

pytestmark = pytest.mark.unit


def role(*statements: dict[str, Any], boundary: list[dict[str, Any]] | None = None) -> Role:
    within = None if boundary is None else read_policy("boundary", {"Statement": boundary})
    return Role("r", "arn:aws:iam::1:role/r", read_policy("policy", {"Statement": list(statements)}), within)


def decisions(of: Role, **request: Any) -> dict[tuple[str, str], str]:
    answer = simulated(of, request)
    assert answer["IsTruncated"] is False
    return {
        (each["EvalActionName"], each["EvalResourceName"]): each["EvalDecision"] for each in answer["EvaluationResults"]
    }


READ = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::raw/exports/*"}


def test_each_action_is_tried_with_each_resource() -> None:
    objects = ["arn:aws:s3:::raw/exports/a", "arn:aws:s3:::raw/other"]
    assert decisions(role(READ), ActionNames=["s3:GetObject", "s3:PutObject"], ResourceArns=objects) == {
        ("s3:GetObject", objects[0]): "allowed",
        ("s3:GetObject", objects[1]): "implicitDeny",
        ("s3:PutObject", objects[0]): "implicitDeny",
        ("s3:PutObject", objects[1]): "implicitDeny",
    }


def test_a_denial_is_explicit() -> None:
    deny = {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}
    assert list(decisions(role(READ, deny), ActionNames=["s3:GetObject"]).values()) == ["explicitDeny"]


def test_conditions_see_the_context_keys_that_are_given_and_no_others() -> None:
    put = {
        "Effect": "Allow",
        "Action": "cloudwatch:PutMetricData",
        "Resource": "*",
        "Condition": {"StringEquals": {"cloudwatch:namespace": "loglake"}},
    }
    entry = {"ContextKeyName": "cloudwatch:namespace", "ContextKeyType": "string", "ContextKeyValues": ["loglake"]}
    asked = {"ActionNames": ["cloudwatch:PutMetricData"]}
    assert list(decisions(role(put), **asked, ContextEntries=[entry]).values()) == ["allowed"]
    assert list(decisions(role(put), **asked).values()) == ["implicitDeny"]


def test_a_boundary_that_is_in_the_way_is_said() -> None:
    narrow = [{"Effect": "Allow", "Action": "logs:*", "Resource": "*"}]
    request = {"ActionNames": ["s3:GetObject"], "ResourceArns": ["arn:aws:s3:::raw/exports/a"]}
    (result,) = simulated(role(READ, boundary=narrow), request)["EvaluationResults"]
    assert result["EvalDecision"] == "implicitDeny"
    assert result["PermissionsBoundaryDecisionDetail"] == {"AllowedByPermissionsBoundary": False}
