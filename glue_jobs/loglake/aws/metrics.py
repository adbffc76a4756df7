"""The CloudWatch metrics calls of the jobs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol


class MetricsClient(Protocol):
    """The used part of boto3's CloudWatch client; arguments and answers as in the API reference."""

    def get_metric_statistics(self, **request: Any) -> Mapping[str, Any]:
        """GetMetricStatistics: ``Datapoints``, one for each period that has data, in any order."""

    def put_metric_data(self, **request: Any) -> object:
        """PutMetricData: up to 1,000 metrics of a namespace."""
