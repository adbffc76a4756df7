"""The named faults, with each service's code, status and message for them.

Sources: the pages "Common Error Types" and the errors of each operation in the API references of CloudWatch Logs,
CloudWatch, DynamoDB, Glue and S3, and botocore's `_retry.json`, which lists what clients take for throttling.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from gluelocal.cloud.wire.calls import Answer, Call, error_answer


@dataclass(frozen=True)
class Fault:
    """A fault of a call.

    Attributes:
        kind: ``error`` answers `code` without carrying the call out. ``drop`` breaks the connection before the call is
            carried out, ``drop_after`` afterwards. ``hang`` makes the caller wait for `delay_s`, then does as ``drop``
            (the caller's read time-out if that is shorter); ``hang_after`` does so once the call is carried out.
            ``slow`` answers after `delay_s`.
        code: the error's code, HTTP status and message. If the code is empty, the called service's code for `name` is
            used.
        name: one of `fault_names.NAMED`; each service has its own error for it.
        delay_s: seconds, by the machine's clock, because the caller is another process.
    """

    kind: str
    name: str = ""
    code: str = ""
    status: int = 400
    message: str = ""
    delay_s: float = 0.0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"{self.kind!r} is not a kind of fault; there are {', '.join(KINDS)}")
        if self.kind == "error" and not (self.name or self.code):
            raise ValueError("an error needs a name or a code")


KINDS = ("error", "drop", "drop_after", "hang", "hang_after", "slow")


class ErrorText(NamedTuple):
    """The error that a service answers."""

    status: int
    code: str
    message: str


_EXPIRED = "The security token included in the request is expired"
_INTERNAL = "An internal error occurred. Try your request again."

# Name -> the error in each service: by service first, then by protocol, then for all.
_ERROR_TEXTS: Mapping[str, Mapping[str, ErrorText]] = {
    "throttled": {
        "s3": ErrorText(503, "SlowDown", "Please reduce your request rate."),
        "dynamodb": ErrorText(
            400,
            "ProvisionedThroughputExceededException",
            "The level of configured provisioned throughput for the table was exceeded. Consider increasing your "
            "provisioning level with the UpdateTable API.",
        ),
        "query": ErrorText(400, "Throttling", "Rate exceeded"),
        "": ErrorText(400, "ThrottlingException", "Rate exceeded"),
    },
    "server_error": {
        "s3": ErrorText(500, "InternalError", "We encountered an internal error. Please try again."),
        "dynamodb": ErrorText(500, "InternalServerError", _INTERNAL),
        "glue": ErrorText(500, "InternalServiceException", _INTERNAL),
        "": ErrorText(500, "InternalFailure", _INTERNAL),
    },
    "unavailable": {
        "s3": ErrorText(503, "ServiceUnavailable", "Service is unable to handle request."),
        "logs": ErrorText(503, "ServiceUnavailableException", "The service cannot complete the request."),
        "": ErrorText(503, "ServiceUnavailable", "The request has failed due to a temporary failure of the server."),
    },
    "limit_exceeded": {"": ErrorText(400, "LimitExceededException", "Resource limit exceeded.")},
    "expired_credentials": {
        "s3": ErrorText(400, "ExpiredToken", "The provided token has expired."),
        "query": ErrorText(403, "ExpiredToken", _EXPIRED),
        "": ErrorText(400, "ExpiredTokenException", _EXPIRED),
    },
    "access_denied": {
        "s3": ErrorText(403, "AccessDenied", "Access Denied"),
        "query": ErrorText(403, "AccessDenied", "User is not authorized to perform: {action}"),
        "": ErrorText(400, "AccessDeniedException", "User is not authorized to perform: {action}"),
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
"""The names of the faults."""


def slow(delay_s: float) -> Fault:
    """A call that is answered normally, but `delay_s` seconds later."""
    return Fault("slow", "slow", delay_s=delay_s)


def hanging(delay_s: float, *, after: bool = False) -> Fault:
    """A call that hangs for `delay_s` seconds, then its connection breaks. With `after` it is carried out first.

    A caller with a shorter read time-out gives up earlier.
    """
    return Fault("hang_after" if after else "hang", "hanging", delay_s=delay_s)


def answer_of(fault: Fault, call: Call) -> Answer:
    """The answer of an ``error`` fault."""
    text = error_text(fault, call.service, call.protocol)
    return error_answer(call, text.status, text.code, text.message.format(action=f"{call.service}:{call.operation}"))


def error_text(fault: Fault, service: str = "", protocol: str = "") -> ErrorText:
    """The status, code and message of an ``error`` fault in a service."""
    if fault.code:
        return ErrorText(fault.status, fault.code, fault.message)
    by_service = _ERROR_TEXTS[fault.name]
    return by_service.get(service) or by_service.get(protocol) or by_service[""]
