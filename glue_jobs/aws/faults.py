"""What an AWS error means to loglake: one table, used at the edge and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

from glue_jobs.errors import (
    AccessDeniedError,
    AlreadyExistsError,
    ConfigError,
    ExportSlotBusyError,
    LedgerConflictError,
    LoglakeError,
    NotFoundError,
    ServiceError,
    ThrottledError,
)

_FRESH = "Start the run again with fresh credentials."
_GRANT = "Grant {action} on {resource} to the job's role (infra/access.yaml)."
_DEPLOY = "Deploy the storage stack, or correct the bucket's name in the job's arguments."
_DESTINATION = (
    "Check that the destination bucket is in the log group's Region and that its policy lets CloudWatch Logs "
    "(logs.<region>.amazonaws.com) call s3:GetBucketAcl and s3:PutObject."
)

# Error code -> what it means, and what to do next where the AWS message alone does not say it.
_MEANING: Mapping[str, tuple[type[LoglakeError], str]] = {
    "Throttling": (ThrottledError, ""),
    "ThrottlingException": (ThrottledError, ""),
    "ThrottledException": (ThrottledError, ""),
    "TooManyRequestsException": (ThrottledError, ""),
    "RequestLimitExceeded": (ThrottledError, ""),
    "ProvisionedThroughputExceededException": (ThrottledError, ""),
    "SlowDown": (ThrottledError, ""),
    "LimitExceededException": (ExportSlotBusyError, ""),
    "PreconditionFailed": (AlreadyExistsError, ""),
    "ConditionalRequestConflict": (ServiceError, ""),  # S3: another write to this key is under way, try again
    "OperationAbortedException": (ServiceError, ""),  # CloudWatch Logs: several requests at once, try again
    "ConditionalCheckFailedException": (LedgerConflictError, ""),
    "ExpiredToken": (AccessDeniedError, _FRESH),
    "ExpiredTokenException": (AccessDeniedError, _FRESH),
    "InvalidClientTokenId": (AccessDeniedError, _FRESH),
    "UnrecognizedClientException": (AccessDeniedError, _FRESH),
    "InvalidAccessKeyId": (AccessDeniedError, _FRESH),
    "AccessDenied": (AccessDeniedError, _GRANT),
    "AccessDeniedException": (AccessDeniedError, _GRANT),
    "403": (AccessDeniedError, _GRANT),
    "NoSuchKey": (NotFoundError, ""),
    "404": (NotFoundError, ""),
    "NoSuchBucket": (NotFoundError, _DEPLOY),
    "InvalidObjectState": (ConfigError, "It is in an archive storage class: restore it first."),
    "ResourceNotFoundException": (NotFoundError, ""),
    "InvalidParameterException": (ConfigError, _DESTINATION),
}


def translate(error: Exception, action: str, resource: str) -> LoglakeError:
    """The loglake error for a boto3 error.

    Args:
        error: what boto3 raised.
        action: the IAM action of the call, such as ``s3:GetObject``.
        resource: what it was called on.
    """
    if isinstance(error, NoCredentialsError):
        return AccessDeniedError(f"{action}: no AWS credentials found. Give the job a role.", action)
    if not isinstance(error, ClientError):
        return ServiceError(f"{action} on {resource}: {error}")
    code = error.response.get("Error", {}).get("Code", "")
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    kind, advice = _MEANING.get(code, (ServiceError if status >= 500 else ConfigError, ""))
    said = f"{action} on {resource}: {code}: {error.response.get('Error', {}).get('Message', '')}"
    message = f"{said} {advice.format(action=action, resource=resource)}".strip()
    if kind is AccessDeniedError:
        return AccessDeniedError(message, action)
    if kind is NotFoundError:
        return NotFoundError(message, resource)
    return AlreadyExistsError(resource) if kind is AlreadyExistsError else kind(message)


@contextmanager
def translated(action: str, resource: str) -> Iterator[None]:
    """Turns what boto3 raises inside the block into loglake errors."""
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        raise translate(error, action, resource) from error
