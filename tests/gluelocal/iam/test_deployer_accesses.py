"""The accesses that a deployment's calls need, read from the request as it is sent."""

from __future__ import annotations

from typing import Any

import pytest

from gluelocal.iam.accesses import resources
from gluelocal.iam.policies import UNKNOWN

pytestmark = pytest.mark.unit

PLACE = "us-east-1:123456789012"
STACK = f"arn:aws:cloudformation:{PLACE}:stack"
ROLE = "arn:aws:iam::123456789012:role"
PASSED = ("iam:PassRole", f"{ROLE}/r")


@pytest.mark.parametrize(
    ("service", "operation", "members", "needs"),
    [
        ("cloudformation", "CreateChangeSet", {"StackName": "a"}, [f"{STACK}/a/*"]),
        ("cloudformation", "DeleteStack", {"StackName": f"{STACK}/a/1"}, [f"{STACK}/a/1"]),
        ("cloudformation", "DescribeStacks", {}, ["*"]),
        ("cloudformation", "ListStacks", {}, ["*"]),
        ("cloudformation", "ExecuteChangeSet", {"ChangeSetName": "arn:…"}, [UNKNOWN]),
        ("iam", "PutRolePolicy", {"RoleName": "r", "PolicyName": "p"}, [f"{ROLE}/r"]),
        ("iam", "CreateRole", {"RoleName": "r", "Path": "/a/"}, [f"{ROLE}/a/r"]),
        ("iam", "CreatePolicy", {"PolicyName": "p"}, ["arn:aws:iam::123456789012:policy/p"]),
        ("iam", "DeletePolicy", {"PolicyArn": "arn:aws:iam::1:policy/p"}, ["arn:aws:iam::1:policy/p"]),
        ("iam", "ListRoles", {}, ["*"]),
        ("iam", "CreateUser", {"UserName": "u"}, [UNKNOWN]),
        ("events", "PutRule", {"Name": "n"}, [f"arn:aws:events:{PLACE}:rule/n"]),
        ("events", "DeleteRule", {"Name": "n", "EventBusName": "b"}, [f"arn:aws:events:{PLACE}:rule/b/n"]),
        ("events", "ListRules", {}, ["*"]),
        ("events", "PutEvents", {}, [UNKNOWN]),
        ("scheduler", "GetSchedule", {"Name": "n"}, [f"arn:aws:scheduler:{PLACE}:schedule/default/n"]),
        ("scheduler", "DeleteSchedule", {"Name": "n", "groupName": "g"}, [f"arn:aws:scheduler:{PLACE}:schedule/g/n"]),
        ("scheduler", "ListSchedules", {}, ["*"]),
    ],
)
def test_the_resources_of_a_call(service: str, operation: str, members: dict[str, Any], needs: list[str]) -> None:
    assert list(resources(service, operation, members, PLACE)) == [(operation, resource) for resource in needs]


@pytest.mark.parametrize(
    ("service", "operation", "members"),
    [
        ("events", "PutTargets", {"Rule": "n", "Targets": [{"RoleArn": f"{ROLE}/r"}, {"RoleArn": f"{ROLE}/r"}, {}]}),
        ("scheduler", "UpdateSchedule", {"Name": "n", "Target": {"RoleArn": f"{ROLE}/r"}}),
        ("glue", "CreateJob", {"Name": "j", "Role": "r"}),
        ("glue", "UpdateJob", {"JobName": "j", "JobUpdate": {"Role": f"{ROLE}/r"}}),
        ("glue", "UpdateCrawler", {"Name": "c", "Role": f"{ROLE}/r"}),
    ],
)
def test_who_hands_a_role_to_a_service_needs_to_pass_it(service: str, operation: str, members: dict[str, Any]) -> None:
    first, *others = resources(service, operation, members, PLACE)
    assert first[0] == operation
    assert others == [PASSED]
