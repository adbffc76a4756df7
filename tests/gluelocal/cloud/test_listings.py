"""DescribeLogGroups over HTTP with boto3 behaves as CloudWatch Logs does."""

from __future__ import annotations

from typing import Any

import pytest
from support.gluelocal.times import parse_instant

from gluelocal.cloud.embedded_aws import EmbeddedAws

pytestmark = pytest.mark.contract

NOW = parse_instant("2026-11-21")


def names(logs: Any, **how: Any) -> list[str]:
    return [group["logGroupName"] for group in logs.describe_log_groups(**how)["logGroups"]]


def test_pages_are_steady_while_groups_come_and_go(still_logs: Any) -> None:
    for number in range(5):
        still_logs.create_log_group(logGroupName=f"/app/{number}")
    first = still_logs.describe_log_groups(limit=2)
    still_logs.create_log_group(logGroupName="/app/0-new")
    still_logs.delete_log_group(logGroupName="/app/1")
    second = still_logs.describe_log_groups(limit=2, nextToken=first["nextToken"])
    third = still_logs.describe_log_groups(limit=2, nextToken=second["nextToken"])
    pages = [[group["logGroupName"] for group in page["logGroups"]] for page in (first, second, third)]
    assert pages == [["/app/0", "/app/1"], ["/app/2", "/app/3"], ["/app/4"]]
    assert "nextToken" not in third


def test_groups_are_chosen_by_name_class_and_identifier(still_logs: Any) -> None:
    for name, kind in (("/app/web", "STANDARD"), ("/app/Web-api", "INFREQUENT_ACCESS"), ("/db/main", "STANDARD")):
        still_logs.create_log_group(logGroupName=name, logGroupClass=kind)
    assert names(still_logs, logGroupNamePrefix="/app/") == ["/app/Web-api", "/app/web"]
    assert names(still_logs, logGroupNamePattern="WEB") == ["/app/Web-api", "/app/web"]
    assert names(still_logs, logGroupClass="STANDARD") == ["/app/web", "/db/main"]
    arn = still_logs.describe_log_groups(logGroupNamePrefix="/db/")["logGroups"][0]["logGroupArn"]
    assert names(still_logs, logGroupIdentifiers=[arn, "/app/web"]) == ["/app/web", "/db/main"]
    classes = {group["logGroupName"]: group["logGroupClass"] for group in still_logs.describe_log_groups()["logGroups"]}
    assert classes == {"/app/Web-api": "INFREQUENT_ACCESS", "/app/web": "STANDARD", "/db/main": "STANDARD"}


def test_a_group_that_is_made_again_has_the_class_that_it_is_made_with(still_logs: Any) -> None:
    still_logs.create_log_group(logGroupName="/a", logGroupClass="DELIVERY")
    with pytest.raises(still_logs.exceptions.ResourceAlreadyExistsException):
        still_logs.create_log_group(logGroupName="/a")
    assert names(still_logs, logGroupClass="DELIVERY") == ["/a"]
    still_logs.delete_log_group(logGroupName="/a")
    still_logs.create_log_group(logGroupName="/a")
    assert names(still_logs, logGroupClass="STANDARD") == ["/a"]


def test_stored_bytes_are_those_of_the_events(still: EmbeddedAws, still_logs: Any) -> None:
    still_logs.create_log_group(logGroupName="/a")
    still_logs.create_log_stream(logGroupName="/a", logStreamName="s")
    (empty,) = still_logs.describe_log_groups()["logGroups"]
    events = [{"timestamp": NOW, "message": "ü"}, {"timestamp": NOW, "message": "text"}]
    still_logs.put_log_events(logGroupName="/a", logStreamName="s", logEvents=events)
    still.log_store.load("/a", "s", [(NOW, "loaded")], NOW)
    (group,) = still_logs.describe_log_groups()["logGroups"]
    (stream,) = still_logs.describe_log_streams(logGroupName="/a")["logStreams"]
    assert (empty["storedBytes"], empty["creationTime"]) == (0, NOW)
    assert group["storedBytes"] == stream["storedBytes"] == 3 * 26 + 2 + 4 + 6


@pytest.mark.parametrize(
    "how",
    [
        {"limit": 51},
        {"nextToken": "not one of ours"},
        {"logGroupNamePrefix": "/a", "logGroupNamePattern": "b"},
        {"logGroupClass": "GOLD"},
    ],
)
def test_wrong_questions(still_logs: Any, how: dict[str, Any]) -> None:
    with pytest.raises(still_logs.exceptions.InvalidParameterException):
        still_logs.describe_log_groups(**how)
