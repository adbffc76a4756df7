"""Account policies of CloudWatch Logs, which moto lacks. A subscription policy covers all log groups of a Region.

Source: the API reference of PutAccountPolicy. Selection criteria are ``LogGroupName NOT IN ["a","b"]``, with complete
names.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gluelocal.cloud.wire.json_service import ApiError, JsonService

if TYPE_CHECKING:
    from gluelocal.clock import Clock

SUBSCRIPTION = "SUBSCRIPTION_FILTER_POLICY"
_CRITERIA = re.compile(r"LogGroupName NOT IN (\[.*\])", re.DOTALL)


@dataclass(frozen=True)
class AccountSubscription:
    """The subscription that a policy makes.

    Attributes:
        name: the policy's name. A payload lists it among its subscription filters.
        destination_arn: where events go.
        excluded: names of log groups that it leaves out.
    """

    name: str
    destination_arn: str
    excluded: frozenset[str]


class AccountPolicies:
    """The policies of every Region.

    Attributes:
        api: PutAccountPolicy, DescribeAccountPolicies and DeleteAccountPolicy.
    """

    def __init__(self, clock: Clock, account_id: str) -> None:
        self._clock = clock
        self._account_id = account_id
        self._kept: dict[tuple[str, str, str], dict[str, Any]] = {}
        self.api = JsonService(
            "logs",
            {
                "PutAccountPolicy": self._put,
                "DescribeAccountPolicies": self._describe,
                "DeleteAccountPolicy": self._delete,
            },
        )

    def subscription(self, region: str) -> AccountSubscription | None:
        """The subscription of all log groups of a Region, or None."""
        for (where, kind, name), policy in self._kept.items():
            if (where, kind) == (region, SUBSCRIPTION):
                document = json.loads(policy["policyDocument"])
                return AccountSubscription(
                    name, document["DestinationArn"], _excluded(policy.get("selectionCriteria", ""))
                )
        return None

    def _put(self, region: str, request: dict[str, Any]) -> dict[str, Any]:
        kind, name = request["policyType"], request["policyName"]
        others = [key for key in self._kept if key[:2] == (region, kind) and key[2] != name]
        if others and kind == SUBSCRIPTION:
            raise ApiError("LimitExceededException", "Resource limit exceeded.")  # the limit is one per Region
        _document(request["policyDocument"])
        _excluded(request.get("selectionCriteria", ""))
        policy = {
            "scope": "ALL",
            **request,
            "accountId": self._account_id,
            "lastUpdatedTime": self._clock.now_ms(),
        }
        self._kept[region, kind, name] = policy
        return {"accountPolicy": policy}

    def _describe(self, region: str, request: dict[str, Any]) -> dict[str, Any]:
        wanted = (region, request["policyType"])
        name = request.get("policyName")
        return {
            "accountPolicies": [
                policy for key, policy in self._kept.items() if key[:2] == wanted and name in {None, key[2]}
            ]
        }

    def _delete(self, region: str, request: dict[str, Any]) -> dict[str, Any]:
        if self._kept.pop((region, request["policyType"], request["policyName"]), None) is None:
            raise ApiError("ResourceNotFoundException", "The specified policy does not exist.")
        return {}


def _document(text: str) -> None:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise ApiError("InvalidParameterException", f"The policy document is not JSON: {error}") from error
    if not isinstance(found, dict) or not isinstance(found.get("DestinationArn"), str) or "FilterPattern" not in found:
        raise ApiError("InvalidParameterException", "The policy document needs DestinationArn and FilterPattern.")


def _excluded(criteria: str) -> frozenset[str]:
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
