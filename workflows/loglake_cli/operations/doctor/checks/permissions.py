"""Whether each role trusts its service, and has the permissions of its part."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from gluelocal.iam.conditions import texts
from gluelocal.iam.policies import UNKNOWN, Access, service_may
from gluelocal.iam.roles import role_name
from loglake.errors import NotFoundError
from loglake_cli.operations.doctor.account import Account, Shape
from loglake_cli.operations.doctor.finding import Finding, check, problem, unproven

RULES = ("request-object", "landed-object", "look-object", "landed-found", "catalog-object")
"""The EventBridge rules that start workflows (infra/events.yaml)."""

_SERVICES = {
    "ExportRole": ("glue", ("job/{0}-export-logs",)),
    "LookRole": ("glue", ("job/{0}-look-landing",)),
    "ConvertRole": ("glue", ("job/{0}-convert-logs",)),
    "CrawlerRole": ("glue", ("crawler/{0}-crawl-lake",)),
    "EventsRole": ("events", tuple(f"rule/{{0}}-{name}" for name in RULES)),
    "SchedulerRole": ("scheduler", ("schedule-group/default",)),
}
"""Which service assumes each role, and for which resources (infra/access.yaml)."""


@check(
    "role-trust",
    "Each role trusts the service that takes it on.",
    "A service that can't take on its role starts nothing.",
)
def trust(account: Account) -> Iterator[Finding]:
    """The trust policy of each role, for the resource that its service names."""
    roles = account.roles()
    yield from _unknown(roles)
    for logical_id, arn in roles.items():
        name = role_name(arn)
        try:
            role = account.reader.read("iam", "GetRole", RoleName=name)["Role"]
        except NotFoundError:
            yield problem(name, f"The role {name} is not there.", account.redeploy)
            continue
        service, resources = _SERVICES[logical_id]
        refused = [
            resource
            for resource in (account.names.arn(service, each.format(account.prefix)) for each in resources)
            if not _trusts(account, role, f"{service}.amazonaws.com", resource)
        ]
        if refused:
            wanted = account.expected.properties(logical_id)["AssumeRolePolicyDocument"]
            yield problem(
                name,
                f"The role {name} does not let {service}.amazonaws.com take it on for {', '.join(refused)}.",
                f"aws iam update-assume-role-policy --role-name {name} --policy-document '{json.dumps(wanted)}'",
            )


@check(
    "role-actions",
    "Each role may do what its part does, by IAM's policy simulator.",
    "A job that lacks a permission ends with AccessDenied, and its work waits.",
)
def actions(account: Account) -> Iterator[Finding]:
    """SimulatePrincipalPolicy of each statement that the templates grant a role."""
    roles = account.roles()
    yield from _unknown(roles)
    for logical_id, statement in _needed(account):
        role = roles.get(logical_id, "")
        if not role:
            continue
        try:
            refused = refusals(account, role, statement)
        except NotFoundError:
            continue  # role-trust reports it
        if refused:
            name, denied = role_name(role), sorted({result["EvalActionName"] for result in refused})
            yield problem(
                name,
                f"The role {name} may not do {', '.join(denied)}{_because(refused[0])}.",
                "Add to its policy: " + json.dumps(statement),
            )


def _unknown(roles: Mapping[str, str]) -> Iterator[Finding]:
    for logical_id in _SERVICES:
        if logical_id not in roles:
            said = f"Which role is the {logical_id} is not known: what has it is not there, or you may not look at it."
            yield unproven(logical_id, said, "Fix what other checks name.")


def refusals(account: Account, role: str, statement: Mapping[str, Any]) -> list[Shape]:
    """What the simulator says about those actions of a statement that it refuses."""
    results = account.reader.pages(
        "iam",
        "SimulatePrincipalPolicy",
        "EvaluationResults",
        PolicySourceArn=role,
        ActionNames=list(texts(statement["Action"])),
        ResourceArns=[_one(resource) for resource in texts(statement["Resource"])],
        ContextEntries=_context(account, statement),
    )
    return [result for result in results if result["EvalDecision"] != "allowed"]


def _because(first: Shape) -> str:
    if not first.get("OrganizationsDecisionDetail", {}).get("AllowedByOrganizations", True):
        return ", because a policy of the organization forbids it"
    if not first.get("PermissionsBoundaryDecisionDetail", {}).get("AllowedByPermissionsBoundary", True):
        return ", because its permissions boundary does not allow it"
    if first["EvalDecision"] == "explicitDeny":
        return ", because a policy denies it"
    return f" on {first.get('EvalResourceName', 'its resources')}"


def _needed(account: Account) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each statement of each role, as the templates grant it: inline policies, and those that some parameters add."""
    for role in account.expected.of_type("AWS::IAM::Role"):
        for policy in role.properties.get("Policies", []):
            for statement in policy["PolicyDocument"]["Statement"]:
                yield role.logical_id, statement
    for policy in account.expected.of_type("AWS::IAM::Policy"):
        for logical_id in policy.properties["Roles"]:
            for statement in policy.properties["PolicyDocument"]["Statement"]:
                yield logical_id, statement


def _one(resource: str) -> str:
    """One resource of those that a pattern means; ``*`` alone stays, for actions that take no resource."""
    return resource if resource == "*" else resource.replace("*", "loglake-doctor")


def _context(account: Account, statement: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The condition keys of a request that the statement is meant for; a boundary may name how a key is used."""
    entries = [(operator, each) for operator, keys in statement.get("Condition", {}).items() for each in keys.items()]
    if any(action.startswith("kms:") for action in texts(statement["Action"])):
        entries.append(("StringEquals", ("kms:ViaService", f"s3.{account.names.region}.amazonaws.com")))
    return [
        {
            "ContextKeyName": key,
            "ContextKeyValues": list(texts(value)),
            "ContextKeyType": "stringList" if ":" in operator else "string",
        }
        for operator, (key, value) in entries
    ]


def _trusts(account: Account, role: Shape, service: str, resource: str) -> bool:
    given = role["AssumeRolePolicyDocument"]
    document = json.loads(unquote(given)) if isinstance(given, str) else given
    context = {**account.names.request_context(resource), "aws:requestedregion": (account.names.region,)}
    return service_may(document, service, Access("sts:AssumeRole", UNKNOWN, context)).allowed


CHECKS = (trust, actions)
