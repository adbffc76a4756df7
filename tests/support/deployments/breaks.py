"""Ways to break one thing of a healthy account."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from loglake.core.units import to_ms
from support.deployments.examined_account import (
    BUCKETS,
    NAMES,
    NOW,
    ExaminedAccount,
    table,
)

Break = Callable[[ExaminedAccount], Any]
Broken = tuple[str, str, Break]
"""The check that names what is broken, what it names, and how it is broken."""

NOW_MS = to_ms(NOW)
RAW, LAKE, CONTROL = BUCKETS["raw"], BUCKETS["lake"], BUCKETS["control"]
EXPORT, CONVERT, CRAWLER = "lake-export-logs", "lake-convert-logs", "lake-crawl-lake"
WAKE, AFTER = "lake-log-export-wake", "lake-log-export-after-export-logs"


def put(place: Callable[[ExaminedAccount], dict[str, Any]], **members: Any) -> Break:
    """Sets members of a resource."""
    return lambda account: place(account).update(members)


def gone(place: Callable[[ExaminedAccount], dict[str, Any]], name: str) -> Break:
    """Removes a resource."""
    return lambda account: place(account).pop(name)


def without(place: Callable[[ExaminedAccount], list[dict[str, Any]]], sid: str) -> Break:
    """Takes a statement out of a policy."""

    def breaks(account: ExaminedAccount) -> None:
        statements = place(account)
        statements[:] = [each for each in statements if each["Sid"] != sid]

    return breaks


def configured(account: ExaminedAccount, **members: Any) -> None:
    crawler = account.crawlers[CRAWLER]
    configuration = json.loads(crawler["Configuration"])
    crawler["Configuration"] = json.dumps({**configuration, **members})


def failed_run(message: str) -> Break:
    return lambda account: account.runs[CONVERT].insert(
        0, {"Id": "jr_2", "JobRunState": "FAILED", "CompletedOn": NOW, "ErrorMessage": message}
    )


def refused_run(account: ExaminedAccount) -> None:
    said = "ConcurrentRunsExceededException: Concurrent runs exceeded for lake-export-logs"
    account.runs[EXPORT].insert(0, {"Id": "jr_2", "JobRunState": "FAILED", "CompletedOn": NOW, "ErrorMessage": said})


def expiring(days: int, prefix: str) -> dict[str, Any]:
    return {"ID": "mine", "Status": "Enabled", "Filter": {"Prefix": prefix}, "Expiration": {"Days": days}}


def bounded(account: ExaminedAccount) -> None:
    allowed = {"Sid": "AllButGlue", "Effect": "Allow", "NotAction": "glue:*", "Resource": "*"}
    account.role("CrawlerRole")["Boundary"] = [allowed]


def denied(account: ExaminedAccount) -> None:
    account.role("ExportRole")["Statements"].append(
        {"Sid": "No", "Effect": "Deny", "Action": "logs:CreateExportTask", "Resource": "*"}
    )


def of_the_account(account: ExaminedAccount) -> None:
    document = json.dumps({"DestinationArn": account.subscription["destinationArn"], "FilterPattern": ""})
    account.account_policies.append(
        {"policyName": "all-logs", "policyType": "SUBSCRIPTION_FILTER_POLICY", "policyDocument": document}
    )


def target_elsewhere(account: ExaminedAccount) -> None:
    account.targets["lake-landed-object"][0]["Arn"] = NAMES.arn("glue", "workflow/other")


def moved_schedule(account: ExaminedAccount) -> None:
    account.schedules["lake-export-schedule"]["Target"]["Input"] = json.dumps(
        {"Bucket": "elsewhere", "Key": "requests/scheduled/<aws.scheduler.execution-id>"}
    )


def one_key(account: ExaminedAccount) -> None:
    account.schedules["lake-export-schedule"]["Target"]["Input"] = json.dumps(
        {"Bucket": CONTROL, "Key": "requests/scheduled/always"}
    )


def retyped(account: ExaminedAccount) -> None:
    account.tables["app_shop"]["PartitionKeys"] = [{"Name": "dt", "Type": "date"}]


def one_table_of_all(account: ExaminedAccount) -> None:
    account.tables["tables"] = {**table("tables"), "StorageDescriptor": {"Location": f"s3://{LAKE}/tables/"}}


def job(name: str) -> Callable[[ExaminedAccount], dict[str, Any]]:
    return lambda account: account.jobs[name]


def bucket(name: str) -> Callable[[ExaminedAccount], dict[str, Any]]:
    return lambda account: account.buckets[name]
