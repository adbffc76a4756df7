"""The faults that have a name, and the code, status and words that each service gives them.

Sources: the pages "Common Error Types" and the errors of each operation in the API references of CloudWatch Logs,
CloudWatch, DynamoDB, Glue and S3, and botocore's `_retry.json`, which lists what clients take for throttling.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from loglake_cli.local.cloud.faults.injection import Fault
from loglake_cli.local.cloud.wire.error_answers import Answer, error_answer

if TYPE_CHECKING:
    from loglake_cli.local.cloud.wire.calls import Call


class _ErrorText(NamedTuple):
    status: int
    code: str
    message: str


_EXPIRED = "The security token included in the request is expired"
_INTERNAL = "An internal error occurred. Try your request again."

# Name -> how a service tells it; by service first, then by protocol, then for all.
_ERROR_TEXTS: Mapping[str, Mapping[str, _ErrorText]] = {
    "throttled": {
        "s3": _ErrorText(503, "SlowDown", "Please reduce your request rate."),
        "dynamodb": _ErrorText(
            400,
            "ProvisionedThroughputExceededException",
            "The level of configured provisioned throughput for the table was exceeded. Consider increasing your "
            "provisioning level with the UpdateTable API.",
        ),
        "query": _ErrorText(400, "Throttling", "Rate exceeded"),
        "": _ErrorText(400, "ThrottlingException", "Rate exceeded"),
    },
    "server_error": {
        "s3": _ErrorText(500, "InternalError", "We encountered an internal error. Please try again."),
        "dynamodb": _ErrorText(500, "InternalServerError", _INTERNAL),
        "glue": _ErrorText(500, "InternalServiceException", _INTERNAL),
        "": _ErrorText(500, "InternalFailure", _INTERNAL),
    },
    "unavailable": {
        "s3": _ErrorText(503, "ServiceUnavailable", "Service is unable to handle request."),
        "logs": _ErrorText(503, "ServiceUnavailableException", "The service cannot complete the request."),
        "": _ErrorText(503, "ServiceUnavailable", "The request has failed due to a temporary failure of the server."),
    },
    "limit_exceeded": {"": _ErrorText(400, "LimitExceededException", "Resource limit exceeded.")},
    "expired_credentials": {
        "s3": _ErrorText(400, "ExpiredToken", "The provided token has expired."),
        "query": _ErrorText(403, "ExpiredToken", _EXPIRED),
        "": _ErrorText(400, "ExpiredTokenException", _EXPIRED),
    },
    "access_denied": {
        "s3": _ErrorText(403, "AccessDenied", "Access Denied"),
        "query": _ErrorText(403, "AccessDenied", "User is not authorized to perform: {action}"),
        "": _ErrorText(400, "AccessDeniedException", "User is not authorized to perform: {action}"),
    },
}

THROTTLED = Fault("error", "throttled")
SERVER_ERROR = Fault("error", "server_error")
UNAVAILABLE = Fault("error", "unavailable")
LIMIT_EXCEEDED = Fault("error", "limit_exceeded")
EXPIRED_CREDENTIALS = Fault("error", "expired_credentials")
ACCESS_DENIED = Fault("error", "access_denied")
DROPPED = Fault("drop", "dropped")
DROPPED_AFTER = Fault("drop_after", "dropped_after")

NAMED: Mapping[str, Fault] = {
    fault.name: fault
    for fault in (
        THROTTLED,
        SERVER_ERROR,
        UNAVAILABLE,
        LIMIT_EXCEEDED,
        EXPIRED_CREDENTIALS,
        ACCESS_DENIED,
        DROPPED,
        DROPPED_AFTER,
    )
}
"""The faults that have a name."""


def slow(delay_s: float) -> Fault:
    """A call that is answered as always, `delay_s` seconds later."""
    return Fault("slow", "slow", delay_s=delay_s)


def hanging(delay_s: float, *, after: bool = False) -> Fault:
    """A call that gets no answer for `delay_s` seconds and then a broken connection; `after` it was carried out or not.

    A caller whose read time-out is shorter sees that.
    """
    return Fault("hang_after" if after else "hang", "hanging", delay_s=delay_s)


def answer_of(fault: Fault, call: Call) -> Answer:
    """The answer of an ``error`` fault."""
    text = _ErrorText(fault.status, fault.code, fault.message)
    if not fault.code:
        by_service = _ERROR_TEXTS[fault.name]
        text = by_service.get(call.service) or by_service.get(call.protocol) or by_service[""]
    return error_answer(call, text.status, text.code, text.message.format(action=f"{call.service}:{call.operation}"))
