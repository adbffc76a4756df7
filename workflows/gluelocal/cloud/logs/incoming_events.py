"""CloudWatch's metrics IncomingLogEvents and IncomingBytes, computed from the log store by log group and minute.

CloudWatch counts an event in the minute of its ingestion, not of its timestamp. moto has no metrics of log groups; it
answers all other metrics. If a group is deleted, its metric disappears here; CloudWatch keeps it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timezone
from functools import partial
from typing import Any

from botocore.utils import parse_timestamp

from gluelocal.clock import Clock
from gluelocal.cloud.logs.log_store import LogStore
from gluelocal.cloud.wire.json_service import ApiError, JsonService, Operation
from gluelocal.units import MS_PER_DAY, to_ms

LogStoreOf = Callable[[str], LogStore]

_NAMESPACE, _DIMENSION = "AWS/Logs", "LogGroupName"
_UNITS = {"IncomingLogEvents": "Count", "IncomingBytes": "Bytes"}
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


def incoming_events(clock: Clock, log_store: LogStoreOf) -> JsonService:
    """GetMetricStatistics for these metrics; calls for other metrics are left to moto.

    Args:
        clock: gives the age of events.
        log_store: gives the log store of a Region.
    """
    operations: dict[str, Operation] = {
        "GetMetricStatistics": partial(_statistics, clock, log_store),
        "GetMetricData": _no_data,
    }
    return JsonService("cloudwatch", operations, invalid="InvalidParameterValueException")


def _statistics(clock: Clock, log_store: LogStoreOf, region: str, request: dict[str, Any]) -> dict[str, Any] | None:
    if not _is_ours(request):
        return None
    if not request.get("Statistics"):
        raise ApiError("InvalidParameterCombinationException", "Must specify either Statistics or ExtendedStatistics")
    found = _datapoints(_by_minute(log_store(region), request), request, clock.now_ms())
    described = [
        {
            "Timestamp": start_ms / 1000,
            "Unit": _UNITS[request["MetricName"]],
            **{name: float(_STATISTICS[name](values)) for name in request["Statistics"]},
        }
        for start_ms, values in found
    ]
    return {"Label": request["MetricName"], "Datapoints": described}


def _no_data(_region: str, request: dict[str, Any]) -> None:
    """GetMetricData: moto would answer that no event came in."""
    asked = [query.get("MetricStat", {}).get("Metric", {}) for query in request["MetricDataQueries"]]
    if names := [metric["MetricName"] for metric in asked if _is_ours(metric)]:
        message = f"The embedded CloudWatch answers {names[0]} by GetMetricStatistics alone."
        raise ApiError("InvalidParameterValueException", message)


def _datapoints(
    counts: Iterable[tuple[int, int]], request: dict[str, Any], now_ms: int
) -> Iterable[tuple[int, list[int]]]:
    """The periods with ingested events, in order, each with the counts of its minutes."""
    from_ms, to_ms_, period_s = _ms(request["StartTime"]), _ms(request["EndTime"]), request["Period"]
    _check_range(from_ms, to_ms_, period_s)
    from_ms = from_ms // _finest_ms(now_ms - from_ms) * _finest_ms(now_ms - from_ms)
    periods: defaultdict[int, list[int]] = defaultdict(list)
    for minute_ms, count in sorted(counts):
        start_ms = from_ms + (minute_ms - from_ms) // (period_s * 1000) * period_s * 1000
        if from_ms <= minute_ms < to_ms_ and period_s * 1000 >= _finest_ms(now_ms - start_ms):
            periods[start_ms].append(count)
    return sorted(periods.items())


def _by_minute(store: LogStore, metric: dict[str, Any]) -> Iterable[tuple[int, int]]:
    """Counts by minute, for the group that a dimension names, or for all groups if none does."""
    named = [dimension["Value"] for dimension in metric.get("Dimensions", [])]
    counts: Counter[int] = Counter()
    for group in named or store.group_names():
        found = store.log_counts(group)
        counts.update(found.bytes_by_minute if metric["MetricName"] == "IncomingBytes" else found.by_minute)
    return counts.items()


def _is_ours(metric: dict[str, Any]) -> bool:
    dimensions = [dimension["Name"] for dimension in metric.get("Dimensions", [])]
    named = metric.get("Namespace") == _NAMESPACE and metric.get("MetricName") in _UNITS
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
