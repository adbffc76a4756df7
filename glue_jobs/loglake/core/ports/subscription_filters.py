"""The subscription filters of CloudWatch Logs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from loglake.core.cloud_types import LogGroup
from loglake.core.landing.subscriptions import SubscriptionFilter
from loglake.core.units import LogGroupName


class SubscriptionFilters(Protocol):
    """The log groups of the account, and their subscription filters.

    Each call about a log group may raise ThrottledError, ServiceError, AccessDeniedError, and NotFoundError if it is
    gone.
    """

    @property
    def quota(self) -> float:
        """How many calls of each kind the account may make in a second."""

    def log_groups(self) -> Iterable[LogGroup]:
        """All log groups of the account and Region."""

    def of(self, log_group: LogGroupName) -> Sequence[SubscriptionFilter]:
        """The filters of a log group."""

    def put(self, log_group: LogGroupName, wanted: SubscriptionFilter) -> None:
        """Makes a filter, or changes the one of its name. Raises PermanentError if the log group takes no more."""

    def delete(self, log_group: LogGroupName, name: str) -> None:
        """Deletes a filter. Raises NotFoundError if there is none."""
