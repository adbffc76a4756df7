"""The names of AWS's services and operations, as patterns in a file of faults mean them."""

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
"""Where an operation is looked for if any service is meant: what jobs and clients of the embedded AWS call."""


def check_call(service: str, operation: str) -> None:
    """That patterns, with ``*`` and ``?``, mean a call that there is; in capitals and not as botocore has them.

    Raises:
        ValueError: no service has that name, or none of these has such an operation.
    """
    session = get_session()
    known = session.get_available_services()
    meant = [name for name in known if fnmatchcase(name, service)]
    if not meant:
        raise ValueError(f"{service!r} is no service of AWS{_perhaps(service, known)}")
    looked_at = meant if len(meant) == 1 else [name for name in meant if name in _ASKED]
    operations = [name for each in looked_at for name in session.get_service_model(each).operation_names]
    if operation != "*" and not any(fnmatchcase(name, operation) for name in operations):
        of = f" of {service}" if len(meant) == 1 else ""
        raise ValueError(f"{operation!r} is no operation{of}{_perhaps(operation, operations)}")


def _perhaps(name: str, known: list[str]) -> str:
    """The name that was perhaps meant, in words; empty if none is like it."""
    by_lower = {each.lower(): each for each in known}
    close = get_close_matches(name.lower(), by_lower, n=1)
    return f"; is {by_lower[close[0]]} meant?" if close else ""
