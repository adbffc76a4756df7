"""The metrics that the alarms and the dashboard of the stack monitoring read, and those that a run puts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any, NamedTuple

from loglake.core.run.outcome import NAMESPACE
from loglake.core.units import EpochMs, from_ms
from support.deployments.templates import Stack


class Series(NamedTuple):
    """A metric's identity in CloudWatch. The unit is None if a reader accepts any."""

    namespace: str
    name: str
    unit: str | None
    dimensions: frozenset[tuple[str, str]]


def alarm_series(alarm: Mapping[str, Any]) -> set[Series]:
    """The metrics that an alarm's properties read: one or several."""
    if "Metrics" not in alarm:
        return {_series(alarm, alarm["Unit"])}
    stats = [query["MetricStat"] for query in alarm["Metrics"] if "MetricStat" in query]
    return {_series(stat["Metric"], stat["Unit"]) for stat in stats}


def watched(monitoring: Stack) -> dict[str, set[Series]]:
    """The metrics of each alarm, by its logical id."""
    return {name: alarm_series(alarm) for name, alarm in monitoring.of_type("AWS::CloudWatch::Alarm").items()}


def shown(monitoring: Stack) -> set[Series]:
    """The metrics of the dashboard, of any unit."""
    (dashboard,) = monitoring.of_type("AWS::CloudWatch::Dashboard").values()
    widgets = json.loads(dashboard["DashboardBody"])["widgets"]
    rows = [row for widget in widgets for row in widget["properties"]["metrics"]]
    return {_row(row) for row in rows}


def put_series(requests: Iterable[Mapping[str, Any]]) -> set[Series]:
    """The metrics in PutMetricData requests."""
    return {
        _series({"Namespace": request["Namespace"], **datum}, datum["Unit"])
        for request in requests
        for datum in request["MetricData"]
    }


def kept_series(cloudwatch: Any, now_ms: EpochMs) -> set[Series]:
    """The last day's metrics of the jobs' namespace in CloudWatch, with their units."""
    when = {"StartTime": from_ms(now_ms) - timedelta(days=1), "EndTime": from_ms(now_ms) + timedelta(hours=1)}
    found: set[Series] = set()
    for metric in cloudwatch.list_metrics(Namespace=NAMESPACE)["Metrics"]:
        points = cloudwatch.get_metric_statistics(**metric, **when, Period=3600, Statistics=["Sum"])["Datapoints"]
        found |= {_series(metric, point["Unit"]) for point in points}
    return found


def _series(metric: Mapping[str, Any], unit: str | None) -> Series:
    dimensions = frozenset((each["Name"], each["Value"]) for each in metric["Dimensions"])
    return Series(metric["Namespace"], metric["MetricName"], unit, dimensions)


def _row(row: list[Any]) -> Series:
    """``[namespace, name, dimension, value, …, {options}]``."""
    namespace, name, *rest = [each for each in row if isinstance(each, str)]
    return Series(namespace, name, None, frozenset(zip(rest[::2], rest[1::2], strict=True)))
