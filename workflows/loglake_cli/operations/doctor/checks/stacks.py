"""Whether the stacks exist, are complete, and are as deployed."""

from __future__ import annotations

from collections.abc import Iterator

from loglake_cli.deploy.stacks import ALL_STACKS, STACKS
from loglake_cli.operations.doctor.account import Account, Shape
from loglake_cli.operations.doctor.finding import Finding, check, problem, unproven

_WHOLE = frozenset({"CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE"})
_POLL_S, _POLLS = 2.0, 60
"""Drift detection of a stack of this size takes seconds; after two minutes it is not waited for any more."""


@check(
    "stacks-complete",
    "All stacks are there, and their last change succeeded.",
    "What a stack lacks is missing in the account, or is as it was before the last change.",
)
def complete(account: Account) -> Iterator[Finding]:
    """DescribeStacks of each stack, of extra ones too if they are there; without any, something else made it all."""
    found = _stacks(account)
    needed = {template.stack_name(account.prefix) for template in STACKS}
    if not any(found.values()):
        yield unproven(
            account.prefix,
            f"There is no stack {', '.join(sorted(needed))}: the deployment is another Region's, or was not made "
            "with these templates.",
            f"aws cloudformation list-stacks --region {account.names.region}",
        )
        return
    for name, stack in found.items():
        if stack is None and name in needed:
            yield problem(name, f"The stack {name} is not there.", f"loglake deploy --prefix {account.prefix}")
        elif stack and stack["StackStatus"] not in _WHOLE:
            reason = f" ({stack['StackStatusReason']})" if stack.get("StackStatusReason") else ""
            yield problem(
                name,
                f"The stack {name} is {stack['StackStatus']}{reason}.",
                f"aws cloudformation describe-stack-events --stack-name {name}  # then loglake deploy again",
            )


@check(
    "stacks-not-drifted",
    "Nothing that the stacks made was changed beside them.",
    "A deployment keeps a change that somebody made by hand, and stops before it would overwrite it.",
)
def not_drifted(account: Account) -> Iterator[Finding]:
    """DetectStackDrift of each stack that is whole."""
    for name, stack in _stacks(account).items():
        if stack is None or stack["StackStatus"] not in _WHOLE:
            continue
        status = _drift(
            account, account.reader.read("cloudformation", "DetectStackDrift", StackName=name)["StackDriftDetectionId"]
        )
        if status.get("StackDriftStatus") == "DRIFTED":
            yield from _drifted(account, name)
        elif status.get("StackDriftStatus") != "IN_SYNC":
            why = status.get("DetectionStatusReason", status["DetectionStatus"])
            yield unproven(
                name,
                f"CloudFormation could not compare the stack {name}: {why}",
                f"aws cloudformation detect-stack-drift --stack-name {name}",
            )


def _drifted(account: Account, name: str) -> Iterator[Finding]:
    for drift in account.reader.pages(
        "cloudformation",
        "DescribeStackResourceDrifts",
        "StackResourceDrifts",
        StackName=name,
        StackResourceDriftStatusFilters=["MODIFIED", "DELETED"],
    ):
        changed = ", ".join(each["PropertyPath"] for each in drift.get("PropertyDifferences", []))
        subject = drift.get("PhysicalResourceId", drift["LogicalResourceId"])
        what = f"{drift['LogicalResourceId']} of the stack {name}"
        if drift["StackResourceDriftStatus"] == "DELETED":
            yield problem(subject, f"{what} was deleted.", account.redeploy)
        else:  # what does harm, other checks report
            said = f"{what} was changed: {changed}. Whether somebody meant that can't be known from here."
            yield unproven(subject, said, f"{account.redeploy}  # or leave it as it is")


def _drift(account: Account, detection: str) -> Shape:
    for _ in range(_POLLS):
        status = account.reader.fresh(
            "cloudformation", "DescribeStackDriftDetectionStatus", StackDriftDetectionId=detection
        )
        if status["DetectionStatus"] != "DETECTION_IN_PROGRESS":
            return status
        account.clock.sleep(_POLL_S)
    return status


def _stacks(account: Account) -> dict[str, Shape | None]:
    found: dict[str, Shape | None] = {}
    for template in ALL_STACKS:
        name = template.stack_name(account.prefix)
        answer = account.reader.found("cloudformation", "DescribeStacks", StackName=name)
        found[name] = answer and answer["Stacks"][0]
    return found


CHECKS = (complete, not_drifted)
