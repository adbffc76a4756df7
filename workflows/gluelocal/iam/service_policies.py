"""Policies that name AWS services as principals: bucket policies and trust policies.

Source: IAM user guide, "IAM JSON policy elements: Principal" and "Policy evaluation logic": an AWS service is allowed
nothing by default, and an explicit Deny wins.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gluelocal.iam.conditions import texts
from gluelocal.iam.patterns import wild
from gluelocal.iam.policies import UNKNOWN, Access, Decision, Role, read_policy, statements_of


def service_may(document: Mapping[str, Any], service: str, access: Access) -> Decision:
    """Whether a policy allows a service, such as ``glue.amazonaws.com``, to make an access."""
    statements = [each for each in statements_of(document) if any(wild(name, service) for name in _services(each))]
    return Role("", "", read_policy("policy", {"Statement": statements})).decide(access)


def allowed_services(document: Mapping[str, Any]) -> list[str]:
    """The services to which a policy allows something, sorted; ``*`` is any principal."""
    return sorted({name for each in statements_of(document) if each["Effect"] == "Allow" for name in _services(each)})


def trust_of(role: Role, service: str, source_arn: str, account_id: str, region: str) -> Decision:
    """Whether a service may assume a role for a resource of this account.

    A service names the resource and the account that it acts for (IAM user guide, "The confused deputy problem").

    Args:
        role: the role.
        service: such as ``glue.amazonaws.com``.
        source_arn: the resource.
        account_id: the resource's account.
        region: the Region in which the service assumes it.
    """
    context = {
        "aws:requestedregion": (region,),
        "aws:resourceaccount": (account_id,),
        "aws:securetransport": ("true",),
        "aws:sourceaccount": (account_id,),
        "aws:sourcearn": (source_arn,),
    }
    return service_may(role.trust, service, Access("sts:AssumeRole", UNKNOWN, context))


def no_trust(role: Role, service: str, source_arn: str) -> str:
    """The refusal of a role that doesn't trust a service, as a sentence for a person."""
    services = allowed_services(role.trust)
    if service in services:
        told = "the Condition of its AssumeRolePolicyDocument does not hold; correct it, or give another role"
    else:
        names = ", ".join(services) or "no service"
        told = f"its AssumeRolePolicyDocument names {names}; add {service}, or give another role"
    return f"the role {role.name} does not let {service} take it on for {source_arn}: {told}"


def _services(statement: Mapping[str, Any]) -> tuple[str, ...]:
    principal = statement.get("Principal", {})
    return texts(principal.get("Service", ()) if isinstance(principal, Mapping) else principal)
