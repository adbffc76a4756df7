"""Errors that any AWS service may return: permissions, credentials, throttling, outages."""

from __future__ import annotations

from loglake.core.export_errors.rule import Decision, Rule
from loglake.errors import AccessDeniedError, ConfigError, NotFoundError, ServiceError, ThrottledError

_COMMON = "AWS common errors (API references)"
_ANY = ("*",)

RULES = (
    Rule(
        actions=_ANY,
        codes=(
            "ExpiredToken",
            "ExpiredTokenException",
            "RequestExpired",
            "InvalidClientTokenId",
            "UnrecognizedClientException",
            "InvalidAccessKeyId",
            "InvalidToken",
            "UnauthorizedSSOTokenError",
            "SSOTokenLoadError",
            "TokenRetrievalError",
        ),
        said="The security token included in the request is expired",
        decision=Decision.FAIL_RUN,
        error=AccessDeniedError,
        meaning="The credentials ran out or are not known, also in the middle of a run. Nothing is lost by that.",
        next="Start the run again with fresh credentials: it goes on where this one stopped.",
        source=f"{_COMMON}; AWS STS API reference; botocore, exceptions",
    ),
    Rule(
        actions=_ANY,
        codes=("NoCredentialsError", "PartialCredentialsError"),
        said="Unable to locate credentials",
        decision=Decision.FAIL_RUN,
        error=AccessDeniedError,
        meaning="The process has no credentials.",
        next="Give the job a role, or set AWS credentials where it runs.",
        source="botocore, exceptions",
    ),
    Rule(
        actions=_ANY,
        codes=("InvalidSignatureException", "SignatureDoesNotMatch", "IncompleteSignature", "RequestTimeTooSkewed"),
        decision=Decision.FAIL_RUN,
        error=AccessDeniedError,
        meaning="The signature is not right: a wrong secret key, or a clock that is minutes off.",
        next="Check the credentials and the clock of the machine that the run is on.",
        source=_COMMON,
    ),
    Rule(
        actions=_ANY,
        codes=("RegionDisabledException", "OptInRequired"),
        decision=Decision.FAIL_RUN,
        error=AccessDeniedError,
        meaning="The account does not use this Region or service.",
        next="Enable the Region for the account, or run the job in another one.",
        source=f"{_COMMON}; AWS STS API reference",
    ),
    Rule(
        actions=_ANY,
        codes=("AccessDenied", "AccessDeniedException", "403", "NotAuthorized", "UnauthorizedOperation"),
        said="User: … is not authorized to perform: … because no identity-based policy allows the … action",
        decision=Decision.FAIL_RUN,
        error=AccessDeniedError,
        meaning="The job's role lacks a permission, or a policy of the account denies it.",
        next="Grant {action} on {resource} to the job's role (infra/access.yaml).",
        source="IAM user guide, troubleshooting access denied error messages",
    ),
    Rule(
        actions=_ANY,
        codes=(
            "Throttling",
            "ThrottlingException",
            "ThrottledException",
            "TooManyRequestsException",
            "RequestLimitExceeded",
            "ProvisionedThroughputExceededException",
            "SlowDown",
        ),
        said="Rate exceeded",
        decision=Decision.RETRY,
        error=ThrottledError,
        meaning="Too many requests, of whomever in the account.",
        next="",
        source=_COMMON,
    ),
    Rule(
        actions=_ANY,
        codes=(
            "ServiceUnavailableException",
            "ServiceUnavailable",
            "InternalFailure",
            "InternalServerError",
            "InternalServiceError",
            "InternalServiceException",
            "OperationTimeoutException",
            "ConcurrentModificationException",
            "RequestAbortedException",
            "RequestTimeoutException",
        ),
        said="The service cannot complete the request.",
        decision=Decision.RETRY,
        error=ServiceError,
        meaning="The service can't answer for the moment.",
        next="",
        source=_COMMON,
    ),
    Rule(
        actions=_ANY,
        codes=("ResourceNotFoundException", "EntityNotFoundException"),
        decision=Decision.FAIL_RUN,
        error=NotFoundError,
        meaning="Something that the call names is not there.",
        next="",
        source=_COMMON,
    ),
    Rule(
        actions=_ANY,
        codes=("ParamValidationError", "InvalidParameterException", "ValidationException", "ValidationError"),
        decision=Decision.FAIL_RUN,
        error=ConfigError,
        meaning="An argument of the call is not valid.",
        next="Check the job's arguments: names of buckets and of the table.",
        source=f"{_COMMON}; botocore, exceptions",
    ),
)

NO_ANSWER = Rule(
    actions=_ANY,
    codes=(),
    decision=Decision.RETRY,
    error=ServiceError,
    meaning="Any other answer with a status of 500 or more, a connection that breaks, or a time-out.",
    next="",
    source="botocore, exceptions",
    status=500,
)
ANYTHING_ELSE = Rule(
    actions=_ANY,
    codes=(),
    decision=Decision.FAIL_RUN,
    error=ConfigError,
    meaning="An error that is not in this list.",
    next="",
    source="",
)
