"""The few calls of CloudWatch metrics that the jobs make."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing_extensions import Protocol
else:
    from typing import Protocol


class MetricsClient(Protocol):
    """The part of boto3's CloudWatch client that is used; arguments and answers as the API reference has them."""

    def get_metric_statistics(self, **request: Any) -> Mapping[str, Any]:
        """GetMetricStatistics: ``Datapoints``, one for each period that has data, in any order."""
        ...

    def put_metric_data(self, **request: Any) -> object:
        """PutMetricData: up to 1,000 metrics of a namespace."""
        ...
