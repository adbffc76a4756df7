"""IncomingLogEvents of the embedded CloudWatch counts the log store's events by ingestion time."""

from __future__ import annotations

import urllib.parse
import urllib.request
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from support.gluelocal.signing import signed
from support.gluelocal.times import parse_instant

from gluelocal.cloud.callers import CLIENT
from gluelocal.cloud.embedded_aws import EmbeddedAws
from gluelocal.settable_clock import SettableClock
from gluelocal.units import MS_PER_DAY, MS_PER_HOUR, MS_PER_MINUTE, from_ms

pytestmark = pytest.mark.contract

NOW = parse_instant("2026-11-21")
GROUP = "/app/shop"
METRIC: dict[str, Any] = {
    "Namespace": "AWS/Logs",
    "MetricName": "IncomingLogEvents",
    "Dimensions": [{"Name": "LogGroupName", "Value": GROUP}],
}


@pytest.fixture
def metrics(still: EmbeddedAws) -> Any:
    """A client; 3 events came three hours ago, 2 of them within a minute, and 4 came half an hour ago."""
    for stream, at_ms, count in (
        ("a", NOW - 3 * MS_PER_HOUR, 1),
        ("b", NOW - 3 * MS_PER_HOUR, 1),
        ("a", NOW - 3 * MS_PER_HOUR + 5 * MS_PER_MINUTE, 1),
        ("a", NOW - MS_PER_HOUR // 2, 4),
    ):
        still.log_store.load(GROUP, stream, [(NOW - 9 * MS_PER_DAY, "an old event")] * count, at_ms)
    still.log_store.load("/other", "s", [(NOW, "x")] * 10, NOW - 3 * MS_PER_HOUR)
    return still.client("cloudwatch")


def statistics(metrics: Any, **changes: Any) -> list[tuple[datetime, float]]:
    request = {"StartTime": from_ms(NOW - MS_PER_DAY), "EndTime": from_ms(NOW), "Period": 3600, "Statistics": ["Sum"]}
    answer = metrics.get_metric_statistics(**METRIC | request | changes)
    assert answer["Label"] == "IncomingLogEvents"
    return [(point["Timestamp"], point["Sum"]) for point in answer["Datapoints"]]


def data(metrics: Any, metric: dict[str, Any]) -> list[float]:
    query = {"Id": "a", "MetricStat": {"Metric": metric, "Period": 3600, "Stat": "Sum"}}
    when = {"StartTime": from_ms(NOW - MS_PER_DAY), "EndTime": from_ms(NOW)}
    (result,) = metrics.get_metric_data(MetricDataQueries=[query], **when)["MetricDataResults"]
    return list(result["Values"])


def test_hours_with_events_have_a_sum_and_others_have_no_datapoint(metrics: Any) -> None:
    assert statistics(metrics) == [(from_ms(NOW - 3 * MS_PER_HOUR), 3.0), (from_ms(NOW - MS_PER_HOUR), 4.0)]
    nobody = [{"Name": "LogGroupName", "Value": "/nobody"}]
    assert statistics(metrics, Dimensions=nobody) == []
    assert statistics(metrics, EndTime=from_ms(NOW - 20 * MS_PER_HOUR)) == []


def test_the_end_is_excluded_and_the_start_is_not(metrics: Any) -> None:
    three = NOW - 3 * MS_PER_HOUR
    assert statistics(metrics, StartTime=from_ms(three), EndTime=from_ms(three + MS_PER_MINUTE), Period=60) == [
        (from_ms(three), 2.0)
    ]
    assert statistics(metrics, StartTime=from_ms(three - MS_PER_MINUTE), EndTime=from_ms(three), Period=60) == []


def test_all_groups_of_the_account(metrics: Any) -> None:
    assert sum(count for _, count in statistics(metrics, Dimensions=[])) == 17.0


def test_every_statistic_of_the_minutes_of_a_period(metrics: Any) -> None:
    wanted = ["Sum", "SampleCount", "Average", "Minimum", "Maximum"]
    request = METRIC | {"StartTime": from_ms(NOW - MS_PER_DAY), "EndTime": from_ms(NOW), "Period": 3600}
    first, _ = metrics.get_metric_statistics(**request, Statistics=wanted)["Datapoints"]
    assert [first[name] for name in wanted] == [3.0, 2.0, 1.5, 1.0, 2.0]
    assert first["Unit"] == "Count"


def test_what_is_put_is_counted_at_once_and_by_its_minute(metrics: Any, still_logs: Any, clock: SettableClock) -> None:
    clock.advance(600)
    events = [{"timestamp": NOW - MS_PER_DAY, "message": "a day late"}, {"timestamp": NOW, "message": "x"}]
    still_logs.put_log_events(logGroupName=GROUP, logStreamName="a", logEvents=events)
    assert statistics(metrics, StartTime=from_ms(NOW), EndTime=from_ms(NOW + MS_PER_HOUR), Period=600) == [
        (from_ms(NOW + 600_000), 2.0)
    ]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"Period": 7}, "InvalidParameterValue"),
        ({"StartTime": from_ms(NOW), "EndTime": from_ms(NOW)}, "InvalidParameterValue"),
        ({"StartTime": from_ms(NOW - 2 * MS_PER_DAY), "Period": 60}, "InvalidParameterCombination"),
        ({"Statistics": [], "ExtendedStatistics": ["p99"]}, "InvalidParameterCombination"),
    ],
)
def test_questions_that_cloudwatch_refuses(metrics: Any, changes: dict[str, Any], code: str) -> None:
    refused = {
        "InvalidParameterValue": metrics.exceptions.InvalidParameterValueException,
        "InvalidParameterCombination": metrics.exceptions.InvalidParameterCombinationException,
    }[code]
    given = {name: value for name, value in changes.items() if value != []}
    request = METRIC | {"StartTime": from_ms(NOW - MS_PER_DAY), "EndTime": from_ms(NOW), "Period": 3600}
    with pytest.raises(refused) as raised:
        metrics.get_metric_statistics(
            **request | ({} if "ExtendedStatistics" in given else {"Statistics": ["Sum"]}) | given
        )
    assert raised.value.response["Error"]["Code"] == code


def test_minutes_are_kept_for_15_days_and_hours_for_15_months(metrics: Any, clock: SettableClock) -> None:
    when = {"StartTime": from_ms(NOW - MS_PER_HOUR), "EndTime": from_ms(NOW)}
    for days, kept in ((14, [60, 300, 3600]), (16, [300, 3600]), (64, [3600]), (456, [])):
        clock.set(NOW + days * MS_PER_DAY)
        assert [period for period in (60, 300, 3600) if statistics(metrics, Period=period, **when)] == kept


def test_metric_data_is_refused_and_not_empty(metrics: Any) -> None:
    with pytest.raises(metrics.exceptions.InvalidParameterValueException, match="by GetMetricStatistics alone"):
        data(metrics, METRIC)


def test_other_metrics_are_as_they_were_put(metrics: Any) -> None:
    """moto keeps them, and its clock gives a time to those without one."""
    at = from_ms(NOW - MS_PER_HOUR)
    metrics.put_metric_data(
        Namespace="loglake", MetricData=[{"MetricName": "rows", "Value": 5.0, "Timestamp": at, "Unit": "Count"}]
    )
    other = {"Namespace": "loglake", "MetricName": "rows"}
    when = {"StartTime": at - timedelta(hours=1), "EndTime": from_ms(NOW)}
    answer = metrics.get_metric_statistics(**other, **when, Period=3600, Statistics=["Sum"])
    assert [point["Sum"] for point in answer["Datapoints"]] == [5.0]
    assert data(metrics, other) == [5.0]


@pytest.mark.parametrize(
    ("period", "reported"), [("3600", "<Sum>3.0</Sum>"), ("7", "<Code>InvalidParameterValue</Code>")]
)
def test_older_clients_ask_with_a_form(still: EmbeddedAws, metrics: Any, period: str, reported: str) -> None:
    assert metrics
    form = {
        "Action": "GetMetricStatistics",
        "Version": "2010-08-01",
        "Namespace": "AWS/Logs",
        "MetricName": "IncomingLogEvents",
        "Dimensions.member.1.Name": "LogGroupName",
        "Dimensions.member.1.Value": GROUP,
        "StartTime": datetime.fromtimestamp((NOW - MS_PER_DAY) / 1000, timezone.utc).isoformat(),
        "EndTime": "2026-11-21T00:00:00Z",
        "Period": period,
        "Statistics.member.1": "Sum",
    }
    body, key = urllib.parse.urlencode(form).encode(), still.keys.of(CLIENT)
    given = {"Content-Type": "application/x-www-form-urlencoded"}
    headers = signed(key, "POST", f"{still.endpoint}/", "monitoring", body, headers=given)
    request = urllib.request.Request(f"{still.endpoint}/", body, headers)
    opener = urllib.request.build_opener(_Lenient)
    with opener.open(request, timeout=10) as answer:
        text = answer.read().decode()
    assert reported in text


class _Lenient(urllib.request.HTTPErrorProcessor):
    """Returns errors as responses."""

    def http_response(self, _request: Any, response: Any) -> Any:
        return response


def test_events_that_are_loaded_on_time_came_in_at_their_own_time(still: EmbeddedAws) -> None:
    """A local run loads all events at once, and once its export seemed to have lost last week's events."""
    events = [(NOW - 5 * MS_PER_HOUR, "old"), (NOW - 3 * MS_PER_HOUR, "a"), (NOW - 3 * MS_PER_HOUR, "b")]
    still.log_store.load(GROUP, "s", [*events, (NOW + 1, "ahead")], NOW - 1, on_time=True)
    assert statistics(still.client("cloudwatch")) == [
        (from_ms(NOW - 5 * MS_PER_HOUR), 1.0),
        (from_ms(NOW - 3 * MS_PER_HOUR), 2.0),
        (from_ms(NOW - MS_PER_HOUR), 1.0),
    ]


def test_bytes_are_those_of_the_messages(metrics: Any) -> None:
    day = {"StartTime": from_ms(NOW - MS_PER_DAY), "EndTime": from_ms(NOW), "Period": 86_400, "Statistics": ["Sum"]}
    answer = metrics.get_metric_statistics(**METRIC | day | {"MetricName": "IncomingBytes"})
    (point,) = answer["Datapoints"]
    assert (answer["Label"], point["Sum"], point["Unit"]) == ("IncomingBytes", 7.0 * len("an old event"), "Bytes")
    with pytest.raises(metrics.exceptions.InvalidParameterValueException, match="answers IncomingBytes by"):
        data(metrics, METRIC | {"MetricName": "IncomingBytes"})
