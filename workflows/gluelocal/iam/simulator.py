"""IAM's policy simulator: SimulatePrincipalPolicy for a role.

Source: IAM API reference, SimulatePrincipalPolicy and EvaluationResult: each action with each resource, with only the
request's context keys. It also reports the decision of the permissions boundary.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from athena_duckdb.errors import ConfigError
from gluelocal.cloud.wire.json_service import ApiError, JsonService
from gluelocal.iam.policies import Access, Role
from gluelocal.iam.roles import read_role, role_name


def simulator_api(client: Callable[[str], Any]) -> JsonService:
    """SimulatePrincipalPolicy for an account's roles, as they are now; `client` makes clients of the account."""

    def simulate(_region: str, request: dict[str, Any]) -> dict[str, Any]:
        name = role_name(request["PolicySourceArn"])
        try:
            return simulated(read_role(client("iam"), name), request)
        except ConfigError as error:
            raise ApiError("NoSuchEntity", f"The role with name {name} cannot be found.") from error

    return JsonService("iam", {"SimulatePrincipalPolicy": simulate}, invalid="InvalidInput")


def simulated(role: Role, request: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to SimulatePrincipalPolicy for a role, all on one page."""
    return {"EvaluationResults": list(_results(role, request)), "IsTruncated": False}


def _results(role: Role, request: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    entries = request.get("ContextEntries", [])
    context = {each["ContextKeyName"].lower(): tuple(each.get("ContextKeyValues", ())) for each in entries}
    for action in request["ActionNames"]:
        for resource in request.get("ResourceArns") or ["*"]:
            access = Access(action, resource, context)
            decision = role.decide(access)
            denied = "explicitDeny" if "explicit deny" in decision.reason else "implicitDeny"
            result: dict[str, Any] = {
                "EvalActionName": action,
                "EvalResourceName": resource,
                "EvalDecision": "allowed" if decision.allowed else denied,
                "MatchedStatements": [],
                "MissingContextValues": [],
            }
            if role.boundary is not None:
                within = Role("", "", role.boundary).decide(access).allowed
                result["PermissionsBoundaryDecisionDetail"] = {"AllowedByPermissionsBoundary": within}
            yield result
