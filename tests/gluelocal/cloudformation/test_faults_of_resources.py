"""A fault on purpose in a resource is reported as a handler would report it."""

from __future__ import annotations

import pytest
from support.faults.fault_names import DROPPED, LIMIT_EXCEEDED, Fault, slow
from support.faults.injection import FaultRule, faults_of
from support.gluelocal.deployers import Deployer, body_of, queue

from gluelocal.account import Account

pytestmark = pytest.mark.local


@pytest.mark.parametrize(
    ("name", "fault", "words", "code"),
    [
        ("limit", LIMIT_EXCEEDED, "Resource limit exceeded.", "ServiceLimitExceeded"),
        ("own", Fault("error", code="Odd", message="as it says"), "as it says", "GeneralServiceException"),
        ("dropped", DROPPED, "Exceeded attempts to wait", "NotStabilized"),
    ],
)
def test_a_fault_is_a_reason(
    deployer: Deployer, account: Account, *, name: str, fault: Fault, words: str, code: str
) -> None:
    faults_of(account.aws).add(FaultRule(slow(0.01), resource="Slow"), FaultRule(fault, resource="Broken"))
    resources = {"Slow": queue(), "Broken": {**queue(), "DependsOn": "Slow"}}
    assert deployer.create(name, body_of(resources))["StackStatus"] == "ROLLBACK_COMPLETE"
    (reason,) = deployer.reasons(name)
    assert reason.startswith(f'Resource handler returned message: "{words}" (RequestToken: ')
    assert reason.endswith(f"HandlerErrorCode: {code})")


def test_a_resource_that_can_not_be_deleted_fails_the_deletion(deployer: Deployer, account: Account) -> None:
    deployer.create("undeleted", body_of({"One": queue(), "Two": {**queue(), "DependsOn": "One"}}))
    faults_of(account.aws).add(FaultRule(LIMIT_EXCEEDED, operation="DeleteResource", resource="Two", last=1))
    assert deployer.delete("undeleted")["StackStatus"] == "DELETE_FAILED"
    left = deployer.client.describe_stack_resources(StackName="undeleted")["StackResources"]
    assert {one["LogicalResourceId"]: one["ResourceStatus"] for one in left} == {
        "One": "CREATE_COMPLETE",  # what stays needs it
        "Two": "DELETE_FAILED",
    }
    assert deployer.delete("undeleted")["StackStatus"] == "DELETE_COMPLETE"
