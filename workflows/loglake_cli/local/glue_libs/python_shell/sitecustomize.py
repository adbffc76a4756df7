"""Leads the clients of a Python shell job to the embedded AWS.

The boto3 that Glue has there is older than ``AWS_ENDPOINT_URL``, so without this a script would ask the real AWS.
Python imports a module of this name before a script begins. Nothing here may import loglake.
"""

from __future__ import annotations

import os
from typing import Any

try:
    from botocore import __version__
    from botocore.session import Session
except ImportError:  # a Python without boto3 has no clients to lead
    __version__ = "99"

_KNOWS_ENDPOINTS = (1, 31)
"""The first botocore that reads ``AWS_ENDPOINT_URL`` by itself."""
_ENDPOINT_ARGUMENT = 5
"""The place of ``endpoint_url`` among the arguments of `Session.create_client`, the service's name first."""


def _lead(endpoint: str) -> None:
    create = Session.create_client

    def create_client(self: Session, *args: Any, **kwargs: Any) -> Any:
        if len(args) <= _ENDPOINT_ARGUMENT and kwargs.get("endpoint_url") is None:
            kwargs["endpoint_url"] = endpoint
        return create(self, *args, **kwargs)

    Session.create_client = create_client  # type: ignore[method-assign, assignment, unused-ignore]


_found = os.environ.get("AWS_ENDPOINT_URL")  # noqa: TID251 - it is no setting of loglake
if _found and tuple(map(int, __version__.split(".")[:2])) < _KNOWS_ENDPOINTS:
    _lead(_found)
