"""What an AWS error becomes, and what it tells a person to do."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError, NoCredentialsError

from glue_jobs.aws.faults import translate, translated
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
    TransientError,
)

pytestmark = pytest.mark.unit


def client_error(code: str, status: int = 400, message: str = "said so") -> ClientError:
    answer: Any = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, "Operation")


@pytest.mark.parametrize(
    ("error", "kind", "said"),
    [
        (client_error("ThrottlingException"), ThrottledError, "s3:GetObject on s3://b/k: ThrottlingException"),
        (client_error("SlowDown", 503), ThrottledError, "SlowDown"),
        (client_error("LimitExceededException"), ExportSlotBusyError, "said so"),
        (client_error("PreconditionFailed", 412), AlreadyExistsError, "s3://b/k exists already"),
        (client_error("ConditionalCheckFailedException"), LedgerConflictError, "said so"),
        (client_error("AccessDenied", 403), AccessDeniedError, "Grant s3:GetObject on s3://b/k"),
        (client_error("ExpiredToken"), AccessDeniedError, "fresh credentials"),
        (client_error("NoSuchKey", 404), NotFoundError, "NoSuchKey"),
        (client_error("NoSuchBucket", 404), NotFoundError, "Deploy the storage stack"),
        (client_error("InvalidObjectState", 403), ConfigError, "restore it first"),
        (client_error("InvalidParameterException"), ConfigError, "s3:GetBucketAcl"),
        (client_error("InternalError", 500), ServiceError, "InternalError"),
        (client_error("Whatever", 400), ConfigError, "Whatever: said so"),
        (ConnectTimeoutError(endpoint_url="http://x"), ServiceError, "timeout"),
        (NoCredentialsError(), AccessDeniedError, "Give the job a role"),
    ],
)
def test_every_error_has_a_meaning(error: Exception, kind: type[LoglakeError], said: str) -> None:
    translated_error = translate(error, "s3:GetObject", "s3://b/k")
    assert type(translated_error) is kind
    assert said in str(translated_error)
    assert isinstance(translated_error, TransientError) is (kind in {ThrottledError, ServiceError, ExportSlotBusyError})


def test_errors_carry_what_a_program_needs() -> None:
    denied = translate(client_error("AccessDenied", 403), "s3:GetObject", "s3://b/k")
    assert isinstance(denied, AccessDeniedError)
    assert denied.action == "s3:GetObject"
    missing = translate(client_error("NoSuchKey", 404), "s3:GetObject", "s3://b/k")
    assert isinstance(missing, NotFoundError)
    assert missing.resource == "s3://b/k"


def test_the_cause_is_kept_and_other_errors_pass() -> None:
    cause = client_error("NoSuchKey", 404)
    with pytest.raises(NotFoundError) as caught, translated("s3:GetObject", "x"):
        raise cause
    assert caught.value.__cause__ is cause
    with pytest.raises(ZeroDivisionError), translated("s3:GetObject", "x"):
        raise ZeroDivisionError
