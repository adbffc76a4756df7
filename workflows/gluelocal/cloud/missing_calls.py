"""Calls that CloudFormation makes and moto lacks, on moto's own objects.

Only calls that the project's templates need: change a workgroup's configuration, delete a saved query, change a budget,
attach a policy that AWS manages.
"""

from __future__ import annotations

import json
from typing import Any

from moto.athena.models import athena_backends
from moto.budgets.models import budgets_backends
from moto.core import DEFAULT_ACCOUNT_ID
from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.iam.models import AWSManagedPolicy, iam_backends

from gluelocal.cloud.wire.json_service import ApiError, JsonService


def missing_calls() -> tuple[JsonService, ...]:
    """The services of these calls."""
    return (
        JsonService(
            "athena",
            {
                "GetWorkGroup": _get_work_group,
                "UpdateWorkGroup": _update_work_group,
                "DeleteNamedQuery": _delete_named_query,
            },
            "InvalidRequestException",
        ),
        JsonService("budgets", {"UpdateBudget": _update_budget}),
        JsonService("iam", {"AttachRolePolicy": _attach_role_policy}),
    )


def _get_work_group(region: str, request: dict[str, Any]) -> None:
    """GetWorkGroup: moto returns an empty answer if the workgroup doesn't exist."""
    _work_group(region, request["WorkGroup"])


def _work_group(region: str, name: str) -> Any:
    found = athena_backends[DEFAULT_ACCOUNT_ID][region].work_groups.get(name)
    if found is None:
        raise ApiError("InvalidRequestException", f"WorkGroup {name} is not found.")
    return found


def _update_work_group(region: str, request: dict[str, Any]) -> dict[str, Any]:
    """UpdateWorkGroup: members that aren't given stay as they are."""
    found = _work_group(region, request["WorkGroup"])
    found.description = request.get("Description", found.description)
    found.state = request.get("State", found.state)
    updates = dict(request.get("ConfigurationUpdates", {}))
    results = updates.pop("ResultConfigurationUpdates", None)
    kept = {"ResultConfiguration": results} if results else {}
    found.configuration = {**found.configuration, **updates, **kept}
    return {}


def _delete_named_query(region: str, request: dict[str, Any]) -> dict[str, Any]:
    if athena_backends[DEFAULT_ACCOUNT_ID][region].named_queries.pop(request["NamedQueryId"], None) is None:
        raise ApiError("InvalidRequestException", f"NamedQuery {request['NamedQueryId']} was not found")
    return {}


def _update_budget(_region: str, request: dict[str, Any]) -> dict[str, Any]:
    budget = request["NewBudget"]
    found = budgets_backends[DEFAULT_ACCOUNT_ID]["aws"].budgets[request["AccountId"]].get(budget["BudgetName"])
    if found is None:
        raise ApiError("NotFoundException", f"Unable to update budget: {budget['BudgetName']} - it doesn't exist.")
    found.budget = {**found.budget, **budget}
    return {}


def _attach_role_policy(_region: str, request: dict[str, Any]) -> None:
    """AttachRolePolicy: moto answers, once it knows the policy."""
    know_managed_policy(request["PolicyArn"])


def know_managed_policy(arn: str) -> None:
    """Makes moto know an AWS managed policy; does nothing if `arn` names none.

    moto has them all, but can only load all of them or none.
    """
    backend = iam_backends[DEFAULT_ACCOUNT_ID]["aws"]
    if ":iam::aws:policy/" not in arn or arn in backend.managed_policies:
        return
    name = arn.rpartition("/")[2]
    data = json.loads(aws_managed_policies_data).get(name)
    policy = AWSManagedPolicy.from_data(name, DEFAULT_ACCOUNT_ID, backend.region_name, data) if data else None
    if policy and policy.arn == arn:
        backend.managed_policies[arn] = policy
