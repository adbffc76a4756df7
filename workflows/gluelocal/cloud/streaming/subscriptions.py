"""The parts of CloudWatch Logs subscriptions that moto lacks.

moto sends the events of a log group's own filters. This module tests each new subscription with a CONTROL_MESSAGE, and
sends events for account policies, which subscribe all log groups of a Region except the ones that they name
(`AccountPolicies`).
"""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any, Callable

from gluelocal.cloud.streaming.firehose import stream_of
from gluelocal.cloud.wire.json_service import ApiError, JsonService

if TYPE_CHECKING:
    from gluelocal.clock import Clock
    from gluelocal.cloud.logs.log_store import LogStore
    from gluelocal.cloud.streaming.account_policies import AccountPolicies
    from gluelocal.cloud.streaming.firehose import Firehose

_HEALTH = "CWL CONTROL MESSAGE: Checking health of destination Firehose."


class Subscriptions:
    """The subscriptions of every Region.

    Attributes:
        api: PutSubscriptionFilter and PutAccountPolicy. Here their destination is tested; another service answers them.
    """

    def __init__(
        self,
        clock: Clock,
        account_id: str,
        policies: AccountPolicies,
        firehose: Firehose,
        log_store: Callable[[str], LogStore],
    ) -> None:
        self._clock = clock
        self._account_id = account_id
        self._policies = policies
        self._firehose = firehose
        self._log_store = log_store
        self.api = JsonService(
            "logs", {"PutSubscriptionFilter": self._try_filter, "PutAccountPolicy": self._try_policy}
        )

    def written(self, region: str, log_group: str, log_stream: str, count: int) -> None:
        """Sends a stream's newest events to the account policy's destination. moto handles the group's own filters."""
        subscription = self._policies.subscription(region)
        if subscription is None or log_group in subscription.excluded or not count:
            return
        payload = {
            "messageType": "DATA_MESSAGE",
            "owner": self._account_id,
            "logGroup": log_group,
            "logStream": log_stream,
            "subscriptionFilters": [subscription.name],
            "logEvents": self._log_store(region).newest(log_group, log_stream, count),
            "policyLevel": "ACCOUNT_LEVEL_POLICY",
        }
        self._send(region, subscription.destination_arn, payload)

    def _try_filter(self, region: str, request: dict[str, Any]) -> None:
        if ":firehose:" in request["destinationArn"] and self._log_store(region).created_ms(request["logGroupName"]):
            self._try(region, request["destinationArn"])

    def _try_policy(self, region: str, request: dict[str, Any]) -> None:
        if request["policyType"] != "SUBSCRIPTION_FILTER_POLICY":
            return
        try:
            destination = str(json.loads(request["policyDocument"])["DestinationArn"])
        except (ValueError, KeyError, TypeError):  # the service that stores it refuses it with a better message
            return
        if ":firehose:" not in destination:
            raise ApiError("InvalidParameterException", "the local runtime delivers to Firehose alone by a policy")
        self._try(region, destination)

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
