"""How checks call AWS: read-only calls, each made once, and three ways in which a call can fail."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from botocore import xform_name
from botocore.exceptions import BotoCoreError, ClientError

from loglake.errors import PermanentError

READS = ("Get", "List", "Describe", "Head", "Simulate", "Detect", "BatchGet")
"""What the names of operations that change nothing begin with. DetectStackDrift starts a comparison, and no change."""

_DENIED = re.compile(r"AccessDenied|Unauthorized|NotAuthorized|Forbidden|^403$|AuthorizationError|OptInRequired")
_ABSENT = re.compile(r"NotFound|NoSuch|NonExistent|DoesNotExist")
_ACTIONS = {
    "s3:GetBucketNotificationConfiguration": "s3:GetBucketNotification",
    "s3:GetBucketEncryption": "s3:GetEncryptionConfiguration",
    "s3:GetBucketLifecycleConfiguration": "s3:GetLifecycleConfiguration",
    "s3:GetPublicAccessBlock": "s3:GetBucketPublicAccessBlock",
    "s3:ListObjectsV2": "s3:ListBucket",
    "s3:HeadBucket": "s3:ListBucket",
}
"""Operations whose IAM action has another name (Service Authorization Reference, Amazon S3)."""


class NotAllowedError(PermanentError):
    """The caller may not make a call; `action` is what to allow."""

    def __init__(self, action: str) -> None:
        super().__init__(f"{action} is not allowed")
        self.action = action


class AbsentError(PermanentError):
    """Something that a call names does not exist; `code` is AWS's code, such as ``NoSuchBucket``."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code


class UnansweredError(PermanentError):
    """A call was not answered, or answered with an error that says nothing about the deployment."""


class Reader:
    """Reads from AWS.

    The same call is made once: several checks look at the same job.

    Attributes:
        client: the client of a service, for other things than calls: its Region, or its known operations.
        calls: the operations that were made, such as ``("glue", "GetJob")``.
    """

    def __init__(self, client: Callable[[str], Any]) -> None:
        """`client` returns a service's boto3 client, made once."""
        self.client = client
        self._known: dict[str, Any] = {}
        self.calls: list[tuple[str, str]] = []

    def read(self, service: str, operation: str, **members: Any) -> Mapping[str, Any]:
        """The answer to a call, such as ``read("glue", "GetJob", JobName="x")``.

        Raises:
            NotAllowedError: the caller may not.
            AbsentError: what it names is not there.
            UnansweredError: there is no answer.
            RuntimeError: the operation may change something.
        """
        return dict(self._once(service, operation, members, self._call))

    def pages(self, service: str, operation: str, key: str, **members: Any) -> list[Any]:
        """The items of all pages of a call under a key; raises as `read`."""
        return list(self._once(service, operation, {**members, "…": key}, self._paged))

    def fresh(self, service: str, operation: str, **members: Any) -> Mapping[str, Any]:
        """As `read`, but not cached."""
        return dict(self._guarded(service, operation, members, self._call))

    def _once(self, service: str, operation: str, members: Mapping[str, Any], how: Any) -> Any:
        name = json.dumps([service, operation, members], sort_keys=True, default=str)
        if name not in self._known:
            try:
                self._known[name] = self._guarded(service, operation, members, how)
            except PermanentError as error:
                self._known[name] = error
        if isinstance(self._known[name], PermanentError):
            raise self._known[name]
        return self._known[name]

    def _guarded(self, service: str, operation: str, members: Mapping[str, Any], how: Any) -> Any:
        if not operation.startswith(READS):
            raise RuntimeError(f"{service}:{operation} may change something, and doctor only reads")
        self.calls.append((service, operation))
        client = self.client(service)
        action = action_of(client, operation)
        try:
            return how(client, operation, members)
        except ClientError as error:
            raise _translated(error, action) from error
        except BotoCoreError as error:
            raise UnansweredError(f"{action} was not answered: {error}") from error

    def _call(self, client: Any, operation: str, members: Mapping[str, Any]) -> Any:
        return getattr(client, xform_name(operation))(**members)

    def _paged(self, client: Any, operation: str, members: Mapping[str, Any]) -> list[Any]:
        given = dict(members)
        key, name = given.pop("…"), xform_name(operation)
        if client.can_paginate(name):
            return [each for page in client.get_paginator(name).paginate(**given) for each in page.get(key, [])]
        found: list[Any] = []
        while True:
            answer = getattr(client, name)(**given)
            found += answer.get(key, [])
            token = next((each for each in ("NextToken", "nextToken") if answer.get(each)), None)
            if token is None:
                return found
            given[token] = answer[token]


def action_of(client: Any, operation: str) -> str:
    """The IAM action that a call of a client needs."""
    action = f"{client.meta.service_model.signing_name}:{operation}"
    return _ACTIONS.get(action, action)


def _translated(error: ClientError, action: str) -> PermanentError:
    code, message = error.response["Error"].get("Code", ""), error.response["Error"].get("Message", "")
    if _DENIED.search(code):
        return NotAllowedError(action)
    if _ABSENT.search(code) or (code == "ValidationError" and "does not exist" in message):
        return AbsentError(message or f"{action}: {code}", code)
    return UnansweredError(f"{action} was not answered: {code} {message}".strip())
