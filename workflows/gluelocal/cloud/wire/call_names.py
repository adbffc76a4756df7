"""Names of AWS services and operations, and the patterns for them in a fault file."""

from __future__ import annotations

from difflib import get_close_matches
from fnmatch import fnmatchcase

from botocore.session import get_session

_ASKED = (
    "s3",
    "dynamodb",
    "logs",
    "glue",
    "cloudwatch",
    "events",
    "scheduler",
    "sqs",
    "sts",
    "iam",
    "cloudformation",
    "cloudcontrol",
)
"""Services to search for an operation if a rule allows any: the ones that jobs and clients call."""


def check_call(service: str, operation: str) -> None:
    """Checks that patterns, with ``*`` and ``?``, match an existing call. Case matters, as in botocore's names.

    Raises:
        ValueError: no service has that name, or none of the services has such an operation.
    """
    session = get_session()
    known = session.get_available_services()
    meant = [name for name in known if fnmatchcase(name, service)]
    if not meant:
        raise ValueError(f"{service!r} is not a service of AWS{_perhaps(service, known)}")
    looked_at = meant if len(meant) == 1 else [name for name in meant if name in _ASKED]
    operations = [name for each in looked_at for name in session.get_service_model(each).operation_names]
    if operation != "*" and not any(fnmatchcase(name, operation) for name in operations):
        of = f" of {service}" if len(meant) == 1 else ""
        raise ValueError(f"{operation!r} is not an operation{of}{_perhaps(operation, operations)}")


def _perhaps(name: str, known: list[str]) -> str:
    """A suggestion with the most similar name, in words; empty if no name is similar."""
    by_lower = {each.lower(): each for each in known}
    close = get_close_matches(name.lower(), by_lower, n=1)
    return f"; is {by_lower[close[0]]} meant?" if close else ""
