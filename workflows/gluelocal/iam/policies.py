"""Policies: what a role may do, and what bucket policies and trust policies let a service do.

Source: IAM user guide, "Policy evaluation logic" and "IAM JSON policy elements: Principal": nothing is allowed by
default, an explicit Deny wins, and a role's permissions boundary must also allow it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from gluelocal.iam.conditions import Context, Truth, holds, texts
from gluelocal.iam.patterns import filled, wild, wild_arn

UNKNOWN = ""
"""The resource of an access if the call doesn't name it: any pattern matches it."""


@dataclass(frozen=True)
class Access:
    """One need of a call: an action on a resource.

    Attributes:
        action: such as ``s3:PutObject``.
        resource: an ARN, ``*`` for an action without a resource, `UNKNOWN` if it is not known.
        context: the request's condition keys, in lower case.
    """

    action: str
    resource: str
    context: Context = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True)
class Permission:
    """One action on one resource that a role is allowed, both as patterns.

    Attributes:
        statement: the statement's Sid, or its policy and number.
    """

    role: str
    statement: str
    action: str
    resource: str


@dataclass(frozen=True)
class Statement:
    """A statement of a policy.

    Attributes:
        name: its Sid, or its policy and number.
        actions: patterns; with `not_action`, all other actions are meant.
        resources: patterns; with `not_resource`, all other resources are meant.
    """

    name: str
    effect: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    condition: Mapping[str, Mapping[str, Any]] = field(default_factory=lambda: MappingProxyType({}))
    not_action: bool = False
    not_resource: bool = False

    def applies(self, access: Access) -> Truth:
        """Whether the statement applies to an access; None if it is not known whether its condition holds."""
        acts = any(wild(pattern, access.action, ignore_case=True) for pattern in self.actions) != self.not_action
        return acts and self._names(access) and holds(self.condition, access.context)

    def matching(self, access: Access) -> Iterator[tuple[str, str]]:
        """The pairs of patterns by which the statement applies to an access."""
        if self.not_action or self.not_resource:
            yield self.pairs()[0]
            return
        for action, resource in self.pairs():
            if wild(action, access.action, ignore_case=True) and _matches(resource, access):
                yield action, resource

    def pairs(self) -> list[tuple[str, str]]:
        """Each action with each resource. If a list says what it excludes, there is one pair, in words."""
        if self.not_action or self.not_resource:
            action = ("all but " if self.not_action else "") + ", ".join(self.actions)
            return [(action, ("all but " if self.not_resource else "") + ", ".join(self.resources))]
        return [(action, resource) for action in self.actions for resource in self.resources]

    def _names(self, access: Access) -> bool:
        unknown = access.resource == UNKNOWN
        return unknown or any(_matches(pattern, access) for pattern in self.resources) != self.not_resource


def _matches(pattern: str, access: Access) -> bool:
    text = filled(pattern, access.context)
    return text is not None and (access.resource == UNKNOWN or wild_arn(text, access.resource))


def read_policy(name: str, document: Mapping[str, Any]) -> tuple[Statement, ...]:
    """The statements of a policy document; `name` is the policy's name."""
    return tuple(_statement(f"{name} {number}", each) for number, each in enumerate(statements_of(document), 1))


def statements_of(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The statements of a policy document as written; a single one may stand without a list."""
    given = document.get("Statement", [])
    return given if isinstance(given, list) else [given]


def _statement(name: str, given: Mapping[str, Any]) -> Statement:
    not_action, not_resource = "NotAction" in given, "NotResource" in given
    return Statement(
        name=given.get("Sid", name),
        effect=given["Effect"],
        actions=texts(given["NotAction"] if not_action else given["Action"]),
        resources=texts(given["NotResource"] if not_resource else given.get("Resource", [])),
        condition=given.get("Condition", {}),
        not_action=not_action,
        not_resource=not_resource,
    )


@dataclass(frozen=True)
class Decision:
    """The decision of a role's policies about an access.

    Attributes:
        reason: AWS's message, if it is not allowed.
        used: the permissions that allow it.
        unchecked: statements with a condition that can't be evaluated here. An Allow is taken to hold, a Deny is not.
    """

    allowed: bool
    reason: str = ""
    used: tuple[Permission, ...] = ()
    unchecked: tuple[str, ...] = ()


@dataclass(frozen=True)
class Role:
    """A role.

    Attributes:
        statements: the statements of all its policies.
        boundary: the statements of its permissions boundary; None if it has none.
        trust: its trust policy, which says who may assume it.
    """

    name: str
    arn: str
    statements: tuple[Statement, ...]
    boundary: tuple[Statement, ...] | None = None
    trust: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))

    def decide(self, access: Access) -> Decision:
        """Whether the role may make an access."""
        found = [(statement, statement.applies(access)) for statement in self.statements]
        unchecked = tuple(statement.name for statement, applies in found if applies is None)
        if any(statement.effect == "Deny" and applies for statement, applies in found):
            return Decision(False, "with an explicit deny in an identity-based policy", unchecked=unchecked)
        allowing = [s for s, applies in found if s.effect == "Allow" and applies is not False]
        if not allowing:
            return Decision(
                False, f"because no identity-based policy allows the {access.action} action", unchecked=unchecked
            )
        if self.boundary is not None and not Role("", "", self.boundary).decide(access).allowed:
            return Decision(
                False, f"because no permissions boundary allows the {access.action} action", unchecked=unchecked
            )
        used = [Permission(self.name, s.name, *pair) for s in allowing for pair in s.matching(access)]
        return Decision(True, used=tuple(used), unchecked=unchecked)

    def permissions(self) -> list[Permission]:
        """Everything that it is allowed, in the order of its policies."""
        return [
            Permission(self.name, statement.name, *pair)
            for statement in self.statements
            if statement.effect == "Allow"
            for pair in statement.pairs()
        ]


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
