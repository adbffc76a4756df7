"""AWS errors: which error of ours each becomes, and what it says to do."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    NoCredentialsError,
    ParamValidationError,
    TokenRetrievalError,
)

from loglake.aws.faults import translate, translated
from loglake.errors import (
    AccessDeniedError,
    AlreadyExistsError,
    ConfigError,
    ExportRefusedError,
    ExportSlotBusyError,
    LedgerConflictError,
    LoglakeError,
    NotFoundError,
    ServiceError,
    ThrottledError,
    TransientError,
)

pytestmark = pytest.mark.unit

GET, CREATE, PUT = "s3:GetObject", "logs:CreateExportTask", "dynamodb:PutItem"
DENIED_GROUP = "not authorized to perform: logs:CreateExportTask with an explicit deny in an identity-based policy"


def client_error(code: str, status: int = 400, message: str = "said so") -> ClientError:
    answer: Any = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, "Operation")


@pytest.mark.parametrize(
    ("action", "error", "kind", "said"),
    [
        (GET, client_error("ThrottlingException"), ThrottledError, "s3:GetObject on s3://b/k: ThrottlingException"),
        (GET, client_error("SlowDown", 503), ThrottledError, "SlowDown"),
        (CREATE, client_error("LimitExceededException"), ExportSlotBusyError, "said so"),
        ("logs:DescribeLogGroups", client_error("LimitExceededException"), ThrottledError, "have the quota raised"),
        (GET, client_error("PreconditionFailed", 412), AlreadyExistsError, "s3://b/k exists already"),
        (PUT, client_error("ConditionalCheckFailedException"), LedgerConflictError, "said so"),
        (PUT, client_error("ResourceNotFoundException"), NotFoundError, "Deploy the storage stack"),
        (GET, client_error("AccessDenied", 403), AccessDeniedError, "Grant s3:GetObject on s3://b/k"),
        (GET, client_error("AccessDenied", 403, "not authorized: kms:Decrypt"), AccessDeniedError, "key's policy"),
        (GET, client_error("KMS.DisabledException", 400), ConfigError, "Enable the key of s3://b/k"),
        (CREATE, client_error("AccessDeniedException"), AccessDeniedError, "Grant logs:CreateExportTask on"),
        (CREATE, client_error("AccessDeniedException", 400, DENIED_GROUP), ExportRefusedError, "out of the Deny"),
        (GET, client_error("ExpiredToken"), AccessDeniedError, "fresh credentials"),
        (GET, client_error("NoSuchKey", 404), NotFoundError, "NoSuchKey"),
        (GET, client_error("NoSuchBucket", 404), NotFoundError, "Deploy the storage stack"),
        (GET, client_error("PermanentRedirect", 301), ConfigError, "Run the job in the Region of s3://b/k"),
        (GET, client_error("InvalidObjectState", 403), ConfigError, "restore it first"),
        (CREATE, client_error("OperationAbortedException"), ServiceError, "said so"),
        (GET, client_error("InternalError", 500), ServiceError, "InternalError"),
        (GET, client_error("NobodyKnows", 502), ServiceError, "NobodyKnows: said so"),
        (GET, client_error("Whatever", 400), ConfigError, "Whatever: said so"),
        (GET, ConnectTimeoutError(endpoint_url="http://x"), ServiceError, "timeout"),
        (GET, TokenRetrievalError(provider="sso", error_msg="it has expired"), AccessDeniedError, "fresh credentials"),
        (GET, NoCredentialsError(), AccessDeniedError, "Give the job a role"),
        (GET, ParamValidationError(report="Invalid bucket name"), ConfigError, "Check the job's arguments"),
    ],
)
def test_every_error_has_a_meaning(action: str, error: Exception, kind: type[LoglakeError], said: str) -> None:
    became = translate(error, action, "s3://b/k")
    assert type(became) is kind
    assert said in str(became)
    assert isinstance(became, TransientError) is (kind in {ThrottledError, ServiceError, ExportSlotBusyError})


def test_errors_carry_what_a_program_needs() -> None:
    denied = translate(client_error("AccessDenied", 403), "s3:GetObject", "s3://b/k")
    assert isinstance(denied, AccessDeniedError)
    assert denied.action == "s3:GetObject"
    missing = translate(client_error("NoSuchKey", 404), "s3:GetObject", "s3://b/k")
    assert isinstance(missing, NotFoundError)
    assert missing.resource == "s3://b/k"


@pytest.mark.parametrize(
    ("aws_says", "reported"),
    [
        ("not found", "s3:GetObject on s3://b/k: NoSuchBucket: not found. Deploy"),
        ("not found.", "s3:GetObject on s3://b/k: NoSuchBucket: not found. Deploy"),
        ("", "s3:GetObject on s3://b/k: NoSuchBucket. Deploy"),
    ],
)
def test_what_aws_says_and_what_to_do_about_it_are_sentences(aws_says: str, reported: str) -> None:
    assert str(translate(client_error("NoSuchBucket", 404, aws_says), "s3:GetObject", "s3://b/k")).startswith(reported)


def test_a_refusal_names_what_was_refused_once_beside_the_advice() -> None:
    who = "User: arn:aws:sts::1:assumed-role/convert/x is not authorized"
    says = f'{who} to perform: s3:GetObject on resource: "arn:aws:s3:::b/k" because no identity-based policy allows it'
    assert str(translate(client_error("AccessDenied", 403, says), GET, "s3://b/k")) == (
        f"s3:GetObject on s3://b/k: AccessDenied: {who} because no identity-based policy allows it. "
        "Grant s3:GetObject on s3://b/k to the job's role (infra/access.yaml)."
    )
    other = "User: x is not authorized to perform: s3:ListBucket on resource: b because it is so"
    assert other in str(translate(client_error("AccessDenied", 403, other), GET, "s3://b/k"))


def test_the_cause_is_kept_and_other_errors_pass() -> None:
    cause = client_error("NoSuchKey", 404)
    with pytest.raises(NotFoundError) as caught, translated("s3:GetObject", "x"):
        raise cause
    assert caught.value.__cause__ is cause
    with pytest.raises(ZeroDivisionError), translated("s3:GetObject", "x"):
        raise ZeroDivisionError
