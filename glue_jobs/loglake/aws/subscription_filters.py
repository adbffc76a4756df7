"""Subscription filters, with CloudWatch Logs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from loglake.aws.export_tasks import list_log_groups
from loglake.aws.faults import translated
from loglake.core.cloud_types import LogGroup
from loglake.core.landing.subscriptions import SubscriptionFilter
from loglake.core.units import LogGroupName
from loglake.errors import PermanentError

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient


class CloudWatchSubscriptionFilters:
    """Implements `core.ports.SubscriptionFilters`.

    Args:
        client: lists log groups.
        filtering: makes all other calls. It must not retry: see `session.logs_without_retries`.

    Attributes:
        quota: each of the three calls, in every Region; it can't be raised (CloudWatch Logs quotas).
    """

    quota = 5

    def __init__(self, client: CloudWatchLogsClient, filtering: CloudWatchLogsClient) -> None:
        self._logs, self._filtering = client, filtering

    def log_groups(self) -> Iterator[LogGroup]:
        """All log groups of the account and Region."""
        return list_log_groups(self._logs)

    def of(self, log_group: LogGroupName) -> list[SubscriptionFilter]:
        """The filters of a log group: an answer has up to 50, far more than a log group takes."""
        with translated("logs:DescribeSubscriptionFilters", log_group):
            found = self._filtering.describe_subscription_filters(logGroupName=log_group)["subscriptionFilters"]
        return [
            SubscriptionFilter(
                each["filterName"], each["destinationArn"], each.get("roleArn", ""), each.get("filterPattern", "")
            )
            for each in found
        ]

    def put(self, log_group: LogGroupName, wanted: SubscriptionFilter) -> None:
        """Makes a filter, or changes the one of its name."""
        with translated("logs:PutSubscriptionFilter", log_group):
            try:
                self._filtering.put_subscription_filter(
                    logGroupName=log_group,
                    filterName=wanted.name,
                    filterPattern=wanted.pattern,
                    destinationArn=wanted.destination_arn,
                    roleArn=wanted.role_arn,
                )
            except self._filtering.exceptions.LimitExceededException as error:
                raise PermanentError("the log group has as many others as CloudWatch allows") from error

    def delete(self, log_group: LogGroupName, name: str) -> None:
        """Deletes a filter."""
        with translated("logs:DeleteSubscriptionFilter", log_group):
            self._filtering.delete_subscription_filter(logGroupName=log_group, filterName=name)
