"""The trust policy of a role: which services may assume it, and for which resources."""

from __future__ import annotations

from loglake_cli.local.iam.policies import UNKNOWN, Access, Decision, Role
from loglake_cli.local.iam.service_policies import allowed_services, service_may


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
