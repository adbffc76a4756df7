"""Adds what an old boto3 lacks for S3 and CloudWatch Logs, through its events, in the same way for every version.

Glue's Python shell comes with boto3 1.21 and botocore 1.24 of March 2022 (developer guide, "Python shell jobs",
Supported libraries). A newer one would have to come from the internet whenever a job starts.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_s3 import S3Client

_CONDITION = "loglake_if_none_match"
_CONDITIONAL = ("PutObject", "CopyObject")


def add_conditional_writes(client: S3Client) -> None:
    """Makes PutObject and CopyObject accept ``IfNoneMatch`` and send it as a header.

    The header is added before the request is signed, so the signature covers it. Adding it twice is harmless.
    """
    for operation in _CONDITIONAL:
        # Runs before boto3 checks the parameters against its model, which may not know this one.
        before_check, before_call = f"before-parameter-build.s3.{operation}", f"before-call.s3.{operation}"
        client.meta.events.register(before_check, _take_condition, unique_id=f"loglake-{before_check}")
        client.meta.events.register(before_call, _send_condition, unique_id=f"loglake-{before_call}")


def _take_condition(params: dict[str, Any], context: dict[str, Any], **_event: object) -> None:
    if "IfNoneMatch" in params:
        context[_CONDITION] = params.pop("IfNoneMatch")


def _send_condition(params: dict[str, Any], context: Mapping[str, Any], **_event: object) -> None:
    if _CONDITION in context:
        params["headers"]["If-None-Match"] = context[_CONDITION]


def add_log_classes(client: CloudWatchLogsClient) -> None:
    """Makes DescribeLogGroups return each group's ``logGroupClass``: boto3 drops what its model does not know."""
    event = "response-received.cloudwatch-logs.DescribeLogGroups"
    client.meta.events.register(event, _give_classes, unique_id=f"loglake-{event}")


def _give_classes(
    response_dict: Mapping[str, Any] | None, parsed_response: dict[str, Any] | None, **_event: object
) -> None:
    if response_dict and parsed_response and "logGroups" in parsed_response:
        sent = json.loads(response_dict["body"])["logGroups"]
        for group, whole in zip(parsed_response["logGroups"], sent):
            if "logGroupClass" in whole:
                group["logGroupClass"] = whole["logGroupClass"]
