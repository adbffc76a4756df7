"""The CloudWatch metric IncomingLogEvents, computed from the log store: events per log group and minute.

CloudWatch counts an event in the minute of its ingestion, not of its timestamp. moto has no metrics of log groups; it
answers all other metrics. If a group is deleted, its metric disappears here; CloudWatch keeps it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from botocore.utils import parse_timestamp

from gluelocal.cloud.wire.json_service import ApiError, JsonService
from gluelocal.units import MS_PER_DAY, to_ms

if TYPE_CHECKING:
    from gluelocal.clock import Clock
    from gluelocal.cloud.logs.log_store import LogStore

_NAMESPACE, _NAME, _DIMENSION = "AWS/Logs", "IncomingLogEvents", "LogGroupName"
_MAX_DATAPOINTS = 1440
"""GetMetricStatistics: the most datapoints of one call."""
_KEPT = ((15 * MS_PER_DAY, 60), (63 * MS_PER_DAY, 300), (455 * MS_PER_DAY, 3600))
"""GetMetricStatistics, "metrics retention": periods in seconds, and the maximum age of their datapoints."""

# Each minute's count is one value of the metric.
_STATISTICS: Mapping[str, Callable[[list[int]], float]] = {
    "Sum": sum,
    "SampleCount": len,
    "Average": lambda values: sum(values) / len(values),
    "Minimum": min,
    "Maximum": max,
}


class IncomingEvents:
    """GetMetricStatistics and GetMetricData for this metric.

    Attributes:
        api: the two operations; they leave calls for other metrics to moto.
    """

    def __init__(self, clock: Clock, log_store: Callable[[str], LogStore]) -> None:
        """`log_store` gives the log store of a Region, `clock` gives the age of its events."""
        self._clock = clock
        self._log_store = log_store
        self.api = JsonService(
            "cloudwatch",
            {"GetMetricStatistics": self._statistics, "GetMetricData": self._data},
            invalid="InvalidParameterValueException",
        )

    def _statistics(self, region: str, request: dict[str, Any]) -> dict[str, Any] | None:
        if not _is_ours(request):
            return None
        if not request.get("Statistics"):
            raise ApiError(
                "InvalidParameterCombinationException", "Must specify either Statistics or ExtendedStatistics"
            )
        described = [
            {
                "Timestamp": start_ms / 1000,
                "Unit": "Count",
                **{name: float(_STATISTICS[name](values)) for name in request["Statistics"]},
            }
            for start_ms, values in self._datapoints(region, request, request, request["Period"])
        ]
        return {"Label": _NAME, "Datapoints": described}

    def _data(self, region: str, request: dict[str, Any]) -> dict[str, Any] | None:
        queries = request["MetricDataQueries"]
        ours = [query for query in queries if _is_ours(query.get("MetricStat", {}).get("Metric", {}))]
        if not ours:
            return None
        if len(ours) < len(queries):
            raise ApiError(
                "InvalidParameterValueException",
                f"The embedded CloudWatch answers {_NAME} alone: ask for other metrics in another call.",
            )
        newest_first = request.get("ScanBy", "TimestampDescending") == "TimestampDescending"
        return {
            "MetricDataResults": [
                self._result(region, request, query, newest_first) for query in ours if query.get("ReturnData", True)
            ]
        }

    def _result(
        self, region: str, request: dict[str, Any], query: dict[str, Any], newest_first: bool
    ) -> dict[str, Any]:
        stat = query["MetricStat"]
        if stat["Stat"] not in _STATISTICS:
            raise ApiError("InvalidParameterValueException", f"The value {stat['Stat']} for parameter Stat is invalid.")
        found = self._datapoints(region, request, stat["Metric"], stat["Period"])
        if newest_first:
            found.reverse()
        return {
            "Id": query["Id"],
            "Label": query.get("Label", _NAME),
            "Timestamps": [start_ms / 1000 for start_ms, _ in found],
            "Values": [float(_STATISTICS[stat["Stat"]](values)) for _, values in found],
            "StatusCode": "Complete",
        }

    def _datapoints(
        self, region: str, request: dict[str, Any], metric: dict[str, Any], period_s: int
    ) -> list[tuple[int, list[int]]]:
        """The periods with ingested events, in order, each with the counts of its minutes."""
        from_ms, to_ms_ = _ms(request["StartTime"]), _ms(request["EndTime"])
        _check_range(from_ms, to_ms_, period_s)
        now_ms = self._clock.now_ms()
        from_ms = from_ms // _finest_ms(now_ms - from_ms) * _finest_ms(now_ms - from_ms)
        periods: defaultdict[int, list[int]] = defaultdict(list)
        for minute_ms, count in sorted(self._by_minute(region, metric)):
            start_ms = from_ms + (minute_ms - from_ms) // (period_s * 1000) * period_s * 1000
            if from_ms <= minute_ms < to_ms_ and period_s * 1000 >= _finest_ms(now_ms - start_ms):
                periods[start_ms].append(count)
        return sorted(periods.items())

    def _by_minute(self, region: str, metric: dict[str, Any]) -> Iterable[tuple[int, int]]:
        """Counts by minute, for the group that a dimension names, or for all groups if none does."""
        store = self._log_store(region)
        named = [dimension["Value"] for dimension in metric.get("Dimensions", [])]
        counts: Counter[int] = Counter()
        for group in named or store.group_names():
            counts.update(store.log_counts(group).by_minute)
        return counts.items()


def _is_ours(metric: dict[str, Any]) -> bool:
    dimensions = [dimension["Name"] for dimension in metric.get("Dimensions", [])]
    named = (metric.get("Namespace"), metric.get("MetricName")) == (_NAMESPACE, _NAME)
    return named and dimensions in ([], [_DIMENSION])


def _check_range(from_ms: int, to_ms_: int, period_s: int) -> None:
    if from_ms >= to_ms_:
        raise ApiError(
            "InvalidParameterValueException", "The parameter StartTime must be less than the parameter EndTime."
        )
    if period_s % 60:
        raise ApiError("InvalidParameterValueException", "The parameter Period must be a multiple of 60.")
    datapoints = -(-(to_ms_ - from_ms) // (period_s * 1000))
    if datapoints > _MAX_DATAPOINTS:
        raise ApiError(
            "InvalidParameterCombinationException",
            f"You have requested up to {datapoints:,} datapoints, which exceeds the limit of {_MAX_DATAPOINTS:,}. You "
            "may reduce the datapoints requested by increasing Period, or decreasing the time range.",
        )


def _finest_ms(age_ms: int) -> int:
    """The shortest period that CloudWatch keeps for datapoints of an age; longer than a year if none are kept."""
    return next((period_s for kept_ms, period_s in _KEPT if age_ms <= kept_ms), 366 * 86_400) * 1000


def _ms(described: Any) -> int:
    """A time in a request: epoch seconds, ISO 8601 or a datetime. Without a zone it is UTC."""
    at: datetime = described if isinstance(described, datetime) else parse_timestamp(described)
    return to_ms(at if at.tzinfo else at.replace(tzinfo=timezone.utc))
