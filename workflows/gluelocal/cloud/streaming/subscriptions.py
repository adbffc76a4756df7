"""The parts of CloudWatch Logs subscriptions that moto lacks.

moto sends the events of a log group's own filters. This module tests each new subscription with a CONTROL_MESSAGE, and
has account policies, which subscribe all log groups of a Region except the ones that they name.

Source: the API reference of PutAccountPolicy. Selection criteria are ``LogGroupName NOT IN ["a","b"]``, with complete
names.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable
from typing import Any

from moto.core import DEFAULT_ACCOUNT_ID
from moto.logs.models import logs_backends

from gluelocal.clock import Clock
from gluelocal.cloud.logs.log_store import LogStore
from gluelocal.cloud.streaming.firehose import Firehose, stream_of
from gluelocal.cloud.wire.json_service import ApiError, JsonService

_HEALTH = "CWL CONTROL MESSAGE: Checking health of destination Firehose."
_POLICY_TYPE = "SUBSCRIPTION_FILTER_POLICY"
_CRITERIA = re.compile(r"LogGroupName NOT IN (\[.*\])", re.DOTALL)


class Subscriptions:
    """The subscriptions of every Region.

    Attributes:
        api: the calls of account policies, and PutSubscriptionFilter: its destination is tested here, and moto answers.
    """

    def __init__(self, clock: Clock, account_id: str, firehose: Firehose, log_store: Callable[[str], LogStore]) -> None:
        self._clock = clock
        self._account_id = account_id
        self._firehose = firehose
        self._log_store = log_store
        self._policies: dict[tuple[str, str, str], dict[str, Any]] = {}  # by Region, type and name
        self.api = JsonService(
            "logs",
            {
                "PutSubscriptionFilter": self._try_filter,
                "PutAccountPolicy": self._put_policy,
                "DescribeAccountPolicies": self._describe_policies,
                "DeleteAccountPolicy": self._delete_policy,
            },
        )

    def written(self, region: str, log_group: str, log_stream: str, count: int) -> None:
        """Sends a stream's newest events to the account policy's destination. moto handles the group's own filters."""
        found = (policy for key, policy in self._policies.items() if key[:2] == (region, _POLICY_TYPE))
        policy = next(found, None)
        if policy is None or log_group in excluded_groups(policy.get("selectionCriteria", "")) or not count:
            return
        payload = {
            "messageType": "DATA_MESSAGE",
            "owner": self._account_id,
            "logGroup": log_group,
            "logStream": log_stream,
            "subscriptionFilters": [policy["policyName"]],
            "logEvents": self._log_store(region).newest(log_group, log_stream, count),
            "policyLevel": "ACCOUNT_LEVEL_POLICY",
        }
        self._send(region, _destination(policy["policyDocument"]), payload)

    def _try_filter(self, region: str, request: dict[str, Any]) -> None:
        group = logs_backends[DEFAULT_ACCOUNT_ID][region].groups.get(request["logGroupName"])
        if ":firehose:" in request["destinationArn"] and group:
            self._try(region, request["destinationArn"])
            # moto would refuse to change a filter of a log group that has two.
            group.subscription_filters.pop(request["filterName"], None)

    def _put_policy(self, region: str, request: dict[str, Any]) -> dict[str, Any]:
        kind, name = request["policyType"], request["policyName"]
        others = [key for key in self._policies if key[:2] == (region, kind) and key[2] != name]
        if others and kind == _POLICY_TYPE:
            raise ApiError("LimitExceededException", "Resource limit exceeded.")  # the limit is one per Region
        destination = _destination(request["policyDocument"])
        excluded_groups(request.get("selectionCriteria", ""))
        if kind == _POLICY_TYPE:
            if ":firehose:" not in destination:
                raise ApiError("InvalidParameterException", "the local runtime delivers to Firehose alone by a policy")
            self._try(region, destination)
        policy = {
            "scope": "ALL",
            **request,
            "accountId": self._account_id,
            "lastUpdatedTime": self._clock.now_ms(),
        }
        self._policies[region, kind, name] = policy
        return {"accountPolicy": policy}

    def _describe_policies(self, region: str, request: dict[str, Any]) -> dict[str, Any]:
        wanted = (region, request["policyType"])
        name = request.get("policyName")
        return {
            "accountPolicies": [
                policy for key, policy in self._policies.items() if key[:2] == wanted and name in {None, key[2]}
            ]
        }

    def _delete_policy(self, region: str, request: dict[str, Any]) -> dict[str, Any]:
        if self._policies.pop((region, request["policyType"], request["policyName"]), None) is None:
            raise ApiError("ResourceNotFoundException", "The specified policy does not exist.")
        return {}

    def _try(self, region: str, destination: str) -> None:
        payload = {
            "messageType": "CONTROL_MESSAGE",
            "owner": "CloudwatchLogs",
            "logGroup": "",
            "logStream": "",
            "subscriptionFilters": [],
            "logEvents": [{"id": "", "timestamp": self._clock.now_ms(), "message": _HEALTH}],
        }
        self._send(region, destination, payload)

    def _send(self, region: str, destination: str, payload: dict[str, Any]) -> None:
        """Sends a compressed payload to a delivery stream.

        Raises:
            ApiError: the delivery stream doesn't exist.
        """
        name = destination.rpartition("/")[2]
        if stream_of(region, name) is None:
            raise ApiError(
                "InvalidParameterException",
                "Could not deliver test message to specified Firehose stream. Check if the given Firehose stream is "
                "in ACTIVE state.",
            )
        body = json.dumps(payload, separators=(",", ":"), ensure_ascii=False).encode()
        self._firehose.collect(region, name, [gzip.compress(body, mtime=0)])


def _destination(document: str) -> str:
    """The ARN to which a policy sends events."""
    try:
        found = json.loads(document)
    except ValueError as error:
        raise ApiError("InvalidParameterException", f"The policy document is not JSON: {error}") from error
    if not isinstance(found, dict) or not isinstance(found.get("DestinationArn"), str) or "FilterPattern" not in found:
        raise ApiError("InvalidParameterException", "The policy document needs DestinationArn and FilterPattern.")
    return str(found["DestinationArn"])


def excluded_groups(criteria: str) -> frozenset[str]:
    """The log groups that selection criteria leave out.

    Raises:
        ApiError: the criteria can't be read.
    """
    if not criteria:
        return frozenset()
    found = _CRITERIA.fullmatch(criteria.strip())
    try:
        names = json.loads(found[1]) if found else None
    except ValueError:
        names = None
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ApiError("InvalidParameterException", "The selection criteria are not: LogGroupName NOT IN [...]")
    return frozenset(names)
