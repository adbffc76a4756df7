"""Why a resource could not be made, changed or deleted, in CloudFormation's words.

The form is that of public reports: ``Resource handler returned message: "…" (RequestToken: …, HandlerErrorCode: …)``;
the codes are in the CloudFormation CLI user guide, "Handler error codes".
"""

from __future__ import annotations

import re
import uuid

from botocore.exceptions import ClientError

from gluelocal.templates.resource_types.base import RefusedError
from gluelocal.templates.template_yaml import TemplateError

_CODES = (
    (re.compile("AccessDenied|Unauthorized|ExpiredToken"), "AccessDenied"),
    (re.compile("AlreadyExists|EntityAlreadyExists|BucketAlready|ResourceInUse"), "AlreadyExists"),
    (re.compile("NotFound|NoSuch|NonExistent|DoesNotExist"), "NotFound"),
    (re.compile("Throttl|SlowDown|TooManyRequests"), "Throttling"),
    (re.compile("LimitExceeded|Quota"), "ServiceLimitExceeded"),
    (re.compile("Invalid|Validation|Malformed"), "InvalidRequest"),
    (re.compile("InternalFailure|InternalError|InternalService|ServiceUnavailable"), "ServiceInternalError"),
)
_OTHER = "GeneralServiceException"
_SERVICES = {"s3": "S3", "iam": "Iam", "dynamodb": "DynamoDb", "logs": "CloudWatchLogs", "sqs": "Sqs"}


class HandlerError(TemplateError):
    """A resource failed; the message is the ResourceStatusReason."""


def is_missing(error: BaseException) -> bool:
    """Whether an error says that the resource doesn't exist."""
    return isinstance(error, RefusedError) and _handler_code(error) == "NotFound"


def reason_of(error: BaseException) -> str:
    """The ResourceStatusReason for an error."""
    if isinstance(error, HandlerError):
        return str(error)
    if not isinstance(error, RefusedError) or not isinstance(error.error, ClientError):
        message = str(error).rpartition("): ")[2]
        return handler_message(message, "AlreadyExists" if "already exists" in message else "InvalidRequest")
    answer = error.error.response
    status = answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 400)
    service = _SERVICES.get(error.service, error.service.title())
    where = f"(Service: {service}, Status Code: {status}, Request ID: {uuid.uuid4()})"
    return handler_message(f"{answer['Error'].get('Message', '')} {where}", _handler_code(error))


def handler_message(message: str, code: str) -> str:
    """What a resource handler returns."""
    return f'Resource handler returned message: "{message}" (RequestToken: {uuid.uuid4()}, HandlerErrorCode: {code})'


def _handler_code(error: RefusedError) -> str:
    answer = error.error.response if isinstance(error.error, ClientError) else {}
    code = str(answer.get("Error", {}).get("Code", ""))
    if answer.get("ResponseMetadata", {}).get("HTTPStatusCode") == 404 or code == "404":
        return "NotFound"
    return handler_code(code)


def handler_code(code: str) -> str:
    """The HandlerErrorCode for a service's error code."""
    return next((name for pattern, name in _CODES if pattern.search(code)), _OTHER)
