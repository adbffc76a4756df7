"""Calls AWS, and turns a refusal into a sentence: the denied action, the resource, and who has to grant it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Callable

from botocore.exceptions import BotoCoreError, ClientError

from loglake.aws.faults import translate
from loglake.errors import AccessDeniedError, AlreadyExistsError, LoglakeError, NotFoundError, PermanentError

Clients = Callable[[str], Any]
"""Makes the boto3 client of a service."""

_REFUSED = re.compile(r"AccessDenied|Unauthorized|NotAuthorized|Forbidden|^403$|AuthorizationError|OptInRequired")
_MISSING = re.compile(r"NotFound|NoSuch|NonExistent|DoesNotExist|^404$")
_TAKEN = frozenset({"ResourceAlreadyExistsException", "AlreadyExistsException"})
_WORDS_OF_ITS_OWN = frozenset(
    {
        "ValidationError",
        "InsufficientCapabilitiesException",
        "InvalidChangeSetStatus",
        "LimitExceededException",
        "TokenAlreadyExistsException",
        "BucketNotEmpty",
        "ResourceInUseException",
    }
)
"""Codes with a sufficient message."""

_S3_ACTIONS: Mapping[str, str] = {
    "HeadBucket": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "ListObjectVersions": "ListBucketVersions",
    "DeleteObjects": "DeleteObject",
    "GetBucketNotificationConfiguration": "GetBucketNotification",
    "GetBucketEncryption": "GetEncryptionConfiguration",
    "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
}
"""Operations of S3 whose action has another name (Service Authorization Reference, Amazon S3)."""

_PERFORM = re.compile(r"not authorized to perform: (?P<action>[\w:*]+)(?: on resource: (?P<resource>\S+))?")


def call(client: Any, operation: str, resource: str, **parameters: Any) -> Any:
    """Calls AWS.

    Args:
        client: a service's client.
        operation: boto3's name of it, such as ``create_change_set``.
        resource: the resource to name in messages.
        parameters: the operation's parameters.

    Raises:
        AccessDeniedError: the caller lacks a permission; names the action and the resource.
        LoglakeError: AWS refused the call, or can't be reached.
    """
    with _asking(client, operation, resource):
        return getattr(client, operation)(**parameters)


def pages(client: Any, operation: str, resource: str, **parameters: Any) -> Iterator[Any]:
    """As `call`, page by page."""
    with _asking(client, operation, resource):
        yield from client.get_paginator(operation).paginate(**parameters)


def denied(text: str) -> tuple[str, str] | None:
    """The denied action and resource, from AWS's message; the resource may be empty."""
    found = _PERFORM.search(text)
    return (found["action"], (found["resource"] or "").rstrip(".,")) if found else None


def action_of(service: str, operation: str) -> str:
    """The IAM action of an operation, by botocore's names; IAM's have no hyphen, as in servicequotas."""
    return f"{service.replace('-', '')}:{_S3_ACTIONS.get(operation, operation) if service == 's3' else operation}"


def not_granted(action: str, resource: str) -> str:
    """What to do about a refusal."""
    return (
        f"{action} on {resource or '*'} is not allowed for these credentials. Grant it to them: infra/deployer.yaml "
        "has the role that may deploy."
    )


@contextmanager
def _asking(client: Any, operation: str, resource: str) -> Iterator[None]:
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        meta = client.meta
        action = action_of(meta.service_model.service_name, meta.method_to_api_mapping[operation])
        raise _translated(error, action, resource) from error


def _translated(error: ClientError | BotoCoreError, action: str, resource: str) -> LoglakeError:
    """Translates errors for a person at the command line: the advice of `aws.faults` is for a job's arguments."""
    answer = error.response if isinstance(error, ClientError) else {}
    code, text = answer.get("Error", {}).get("Code", ""), answer.get("Error", {}).get("Message", "")
    if _REFUSED.search(code):
        found = denied(text)
        refused, on = (found[0], found[1] or resource) if found else (action, resource)
        return AccessDeniedError(not_granted(refused, on), refused)
    if _MISSING.search(code) or (code == "ValidationError" and "does not exist" in text):
        return NotFoundError(f"{action}: {resource} is not there: {text}", resource)
    if code in _TAKEN:
        return AlreadyExistsError(resource)
    if code in _WORDS_OF_ITS_OWN and answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 500) < 500:
        return PermanentError(f"{action} on {resource}: {text}")
    return translate(error, action, resource)
