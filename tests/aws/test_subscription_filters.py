"""Subscription filters as CloudWatch Logs has them, and what its refusals mean."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from support.aws.checked_clients import AwsError, CheckedClients, MadeCall

from loglake.aws.subscription_filters import CloudWatchSubscriptionFilters
from loglake.core.landing.subscriptions import SubscriptionFilter
from loglake.core.units import LogGroupName
from loglake.errors import AccessDeniedError, LoglakeError, NotFoundError, PermanentError, ServiceError, ThrottledError

pytestmark = pytest.mark.unit

GROUP = LogGroupName("/live/a")
STREAM = "arn:aws:firehose:eu-central-1:123456789012:deliverystream/loglake-landing"
WANTED = SubscriptionFilter("loglake-landing", STREAM, "arn:aws:iam::123456789012:role/subscribe", "-DEBUG")


class Logs:
    """CloudWatch Logs with an answer or an error for each call."""

    def __init__(self, answer: Mapping[str, Any] | AwsError) -> None:
        self.answer = answer
        self.clients = CheckedClients(self._answered)
        self.filters = CloudWatchSubscriptionFilters(self.clients("logs"), self.clients("logs"))

    def _answered(self, _: MadeCall) -> Mapping[str, Any]:
        if isinstance(self.answer, AwsError):
            raise self.answer
        return self.answer


def test_what_is_put_is_what_is_described() -> None:
    logs = Logs({})
    logs.filters.put(GROUP, WANTED)
    ((made),) = logs.clients.calls
    assert (made.operation, made.parameters["logGroupName"]) == ("PutSubscriptionFilter", GROUP)
    lambdas = {"filterName": "to-lambda", "destinationArn": "arn:aws:lambda:x"}
    logs.answer = {"subscriptionFilters": [{**made.parameters, "distribution": "ByLogStream"}, lambdas]}
    assert logs.filters.of(GROUP) == [WANTED, SubscriptionFilter("to-lambda", "arn:aws:lambda:x")]


@pytest.mark.parametrize(
    ("code", "status", "error"),
    [
        ("LimitExceededException", 400, PermanentError),
        ("ThrottlingException", 400, ThrottledError),
        ("ResourceNotFoundException", 400, NotFoundError),
        ("AccessDeniedException", 400, AccessDeniedError),
        ("OperationAbortedException", 400, ServiceError),
        ("ServiceUnavailableException", 503, LoglakeError),
    ],
)
def test_each_refusal_has_its_error(code: str, status: int, error: type[LoglakeError]) -> None:
    logs = Logs(AwsError(code, "Said by CloudWatch.", status))
    with pytest.raises(error) as caught:
        logs.filters.put(GROUP, WANTED)
    assert not isinstance(caught.value, ThrottledError) or code == "ThrottlingException"


def test_a_log_group_without_room_is_no_throttling() -> None:
    """CloudWatch has one code for both, and botocore would try again."""
    logs = Logs(AwsError("LimitExceededException", "Resource limit exceeded."))
    with pytest.raises(PermanentError, match=r"^the log group has as many others as CloudWatch allows$"):
        logs.filters.put(GROUP, WANTED)
