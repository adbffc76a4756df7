"""Points the clients of a Python shell job to the embedded AWS.

Glue's boto3 there is older than ``AWS_ENDPOINT_URL``, so a script would call the real AWS. Python imports a module with
this name before a script begins. Nothing here may import loglake.
"""

from __future__ import annotations

import os
from typing import Any

try:
    from botocore import __version__
    from botocore.session import Session
except ImportError:  # without boto3 there are no clients
    __version__ = "99"

_KNOWS_ENDPOINTS = (1, 31)
"""The first botocore that reads ``AWS_ENDPOINT_URL`` by itself."""
_ENDPOINT_ARGUMENT = 5
"""The position of ``endpoint_url`` in the arguments of `Session.create_client`, where the service's name is first."""


def _lead(endpoint: str) -> None:
    create = Session.create_client

    def create_client(self: Session, *args: Any, **kwargs: Any) -> Any:
        if len(args) <= _ENDPOINT_ARGUMENT and kwargs.get("endpoint_url") is None:
            kwargs["endpoint_url"] = endpoint
        return create(self, *args, **kwargs)

    Session.create_client = create_client  # type: ignore[method-assign, assignment, unused-ignore]


_found = os.environ.get("AWS_ENDPOINT_URL")  # noqa: TID251 - it is not a setting of loglake
if _found and tuple(map(int, __version__.split(".")[:2])) < _KNOWS_ENDPOINTS:
    _lead(_found)
