"""Policies that name AWS services as principals: bucket policies and trust policies.

Source: IAM user guide, "IAM JSON policy elements: Principal" and "Policy evaluation logic": an AWS service is allowed
nothing by default, and an explicit Deny wins.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from loglake_cli.local.iam.conditions import texts
from loglake_cli.local.iam.patterns import wild
from loglake_cli.local.iam.policies import Access, Decision, Role, read_policy


def service_may(document: Mapping[str, Any], service: str, access: Access) -> Decision:
    """Whether a policy allows a service, such as ``glue.amazonaws.com``, to make an access."""
    statements = [each for each in _statements(document) if any(wild(name, service) for name in _services(each))]
    return Role("", "", read_policy("policy", {"Statement": statements})).decide(access)


def allowed_services(document: Mapping[str, Any]) -> list[str]:
    """The services to which a policy allows something, sorted; ``*`` is any principal."""
    return sorted({name for each in _statements(document) if each["Effect"] == "Allow" for name in _services(each)})


def _statements(document: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    given = document.get("Statement", [])
    yield from given if isinstance(given, list) else [given]


def _services(statement: Mapping[str, Any]) -> tuple[str, ...]:
    principal = statement.get("Principal", {})
    return texts(principal.get("Service", ()) if isinstance(principal, Mapping) else principal)
