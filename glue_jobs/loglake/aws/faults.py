"""Translates boto3's exceptions into loglake errors, by the table `core.export_errors`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

from loglake.core.export_errors.table import rule_for
from loglake.errors import AccessDeniedError, AlreadyExistsError, LoglakeError, NotFoundError

_NO_STATUS = 500
"""The status of botocore's own exceptions: one that the table does not name is a broken connection or a time-out."""


def translate(error: Exception, action: str, resource: str) -> LoglakeError:
    """The loglake error for a boto3 error.

    Args:
        error: what boto3 raised.
        action: the IAM action of the call, such as ``s3:GetObject``.
        resource: what it was called on.
    """
    if isinstance(error, ClientError):
        code, text = error.response.get("Error", {}).get("Code", ""), error.response.get("Error", {}).get("Message", "")
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        # AWS repeats action and resource in the message.
        said = f"{code}: {text}".replace(f" to perform: {action} on resource: {_named(text)}", "")
    else:
        code, text, status = type(error).__name__, str(error), _NO_STATUS
        said = "no AWS credentials found." if isinstance(error, NoCredentialsError) else text
    rule = rule_for(action, code, text, status)
    message = _sentences(f"{action} on {resource}: {said}".rstrip(": "), rule.advice(action, resource))
    if rule.error is AccessDeniedError:
        return AccessDeniedError(message, action)
    if rule.error is NotFoundError:
        return NotFoundError(message, resource)
    return AlreadyExistsError(resource) if rule.error is AlreadyExistsError else rule.error(message)


def _named(text: str) -> str:
    """The resource that a refusal names, as written there."""
    return text.partition(" on resource: ")[2].partition(" ")[0]


def _sentences(said: str, advice: str) -> str:
    """AWS's message, which often lacks a full stop, and what to do."""
    return f"{said if said.endswith(('.', '!', '?')) else said + '.'} {advice}" if advice else said


@contextmanager
def translated(action: str, resource: str) -> Iterator[None]:
    """Turns boto3's exceptions inside the block into loglake errors."""
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        raise translate(error, action, resource) from error
