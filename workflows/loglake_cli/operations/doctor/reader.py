"""How checks call AWS: read-only calls, each made once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Callable

from botocore import xform_name

from loglake.errors import LoglakeError
from loglake_cli.deploy.calls import Clients, call, pages

READS = ("Get", "List", "Describe", "Head", "Simulate", "Detect", "BatchGet")
"""What the names of operations that change nothing begin with. DetectStackDrift starts a comparison, and no change."""


class Reader:
    """Reads from AWS. The same call is made once: several checks look at the same job.

    Attributes:
        client: the client of a service, for other things than calls: its Region, or its known operations.
    """

    def __init__(self, client: Clients) -> None:
        """`client` returns a service's boto3 client, made once."""
        self.client = client
        self._known: dict[str, Any] = {}

    def read(self, service: str, operation: str, **members: Any) -> Mapping[str, Any]:
        """The answer to a call, such as ``read("glue", "GetJob", JobName="x")``.

        Raises:
            AccessDeniedError: the caller may not.
            NotFoundError: what it names is not there.
            LoglakeError: there is no answer.
            RuntimeError: the operation may change something.
        """
        return dict(self._once([service, operation, members], lambda: self.fresh(service, operation, **members)))

    def pages(self, service: str, operation: str, key: str, **members: Any) -> list[Any]:
        """The items of all pages of a call under a key; raises as `read`."""
        asked = [service, operation, members, key]
        return list(self._once(asked, lambda: self._paged(service, operation, key, members)))

    def fresh(self, service: str, operation: str, **members: Any) -> Mapping[str, Any]:
        """As `read`, but not cached."""
        return dict(call(self._reading(service, operation), xform_name(operation), _named(members), **members))

    def _once(self, asked: list[Any], how: Callable[[], Any]) -> Any:
        name = json.dumps(asked, sort_keys=True, default=str)
        if name not in self._known:
            try:
                self._known[name] = how()
            except LoglakeError as error:
                self._known[name] = error
        if isinstance(self._known[name], LoglakeError):
            raise self._known[name]
        return self._known[name]

    def _reading(self, service: str, operation: str) -> Any:
        """The client of a service, for an operation that only reads."""
        if not operation.startswith(READS):
            raise RuntimeError(f"{service}:{operation} may change something, and doctor only reads")
        return self.client(service)

    def _paged(self, service: str, operation: str, key: str, members: Mapping[str, Any]) -> list[Any]:
        client, name, resource = self._reading(service, operation), xform_name(operation), _named(members)
        if client.can_paginate(name):
            return [each for page in pages(client, name, resource, **members) for each in page.get(key, [])]
        found, given = list[Any](), dict(members)
        while True:
            answer = call(client, name, resource, **given)
            found += answer.get(key, [])
            token = next((each for each in ("NextToken", "nextToken") if answer.get(each)), None)
            if token is None:
                return found
            given[token] = answer[token]


def _named(members: Mapping[str, Any]) -> str:
    """What a call asks about, for messages."""
    return next((value for value in members.values() if isinstance(value, str)), "*")
