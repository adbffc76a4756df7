"""Whether the events of a log group come in one way."""

from __future__ import annotations

from collections.abc import Iterator

from loglake.core.keys import LANDING
from loglake.errors import NotFoundError
from loglake_cli.operations.doctor.account import Account
from loglake_cli.operations.doctor.finding import Finding, check, problem, unproven

_MOST = 200
"""How many log groups' subscription filters are read: a call for each."""


@check(
    "ingest-once",
    "No log group is exported and landed.",
    "Its events are delivered twice and paid for twice. Those that land stay in the raw bucket unused.",
)
def once(account: Account) -> Iterator[Finding]:
    """Subscription filters of exported log groups, and of the account, that deliver to ``landing/``."""
    exported = [group["logGroupName"] for group in account.log_groups_with("export")]
    for name in exported[:_MOST]:
        for each in _filters(account, name):
            if _lands(account, each["destinationArn"]):
                yield problem(
                    name,
                    f"The log group {name} is exported, and its subscription filter {each['filterName']} lands it.",
                    "Set ingest: landing for its dataset and deploy, or: aws logs delete-subscription-filter "
                    f"--log-group-name {name} --filter-name {each['filterName']}",
                )
    if len(exported) > _MOST:
        said = f"{len(exported) - _MOST} more log groups were not looked at."
        yield unproven(account.prefix, said, "Look at them in the console.")


@check(
    "account-subscription",
    "No subscription of the whole account lands log groups that are exported.",
    "Their events are delivered twice and paid for twice. Those that land stay in the raw bucket unused.",
)
def account_wide(account: Account) -> Iterator[Finding]:
    """Account-level subscription filter policies."""
    exported = any(entry.ingest == "export" for entry in account.datasets.entries)
    for policy in _account_policies(account):
        if exported and _lands(account, policy.get("policyDocument", "")):
            name = policy["policyName"]
            yield problem(
                name,
                f"The account's subscription {name} lands all log groups, and some datasets say ingest: export.",
                "Set ingest: landing for all datasets and deploy, or: aws logs delete-account-policy "
                f"--policy-type SUBSCRIPTION_FILTER_POLICY --policy-name {name}",
            )


@check(
    "landing-subscribed",
    "Each log group that is to be landed has a subscription filter, or the account has one.",
    "Nothing else brings its events.",
)
def subscribed(account: Account) -> Iterator[Finding]:
    """Log groups of this account with ``ingest: landing``; those of other accounts land, too, and can't be seen."""
    landed = [group["logGroupName"] for group in account.log_groups_with("landing")]
    if not landed or _account_policies(account):
        return
    for name in landed[:_MOST]:
        if not _filters(account, name):
            yield problem(
                name,
                f"The log group {name} has no subscription filter, and its dataset says ingest: landing.",
                f"aws logs put-subscription-filter --log-group-name {name} --filter-name loglake --filter-pattern '' "
                "--destination-arn FIREHOSE_ARN --role-arn ROLE_ARN  # infra/streaming.yaml",
            )


def _account_policies(account: Account) -> list[dict[str, str]]:
    return account.reader.pages(
        "logs", "DescribeAccountPolicies", "accountPolicies", policyType="SUBSCRIPTION_FILTER_POLICY"
    )


def _filters(account: Account, log_group: str) -> list[dict[str, str]]:
    return account.reader.pages("logs", "DescribeSubscriptionFilters", "subscriptionFilters", logGroupName=log_group)


def _lands(account: Account, destination: str) -> bool:
    """Whether a destination, or a policy that names one, is a Firehose stream that delivers to ``landing/``."""
    _, found, rest = destination.partition(":deliverystream/")
    if not found:
        return False
    try:
        stream = account.reader.read("firehose", "DescribeDeliveryStream", DeliveryStreamName=rest.split('"')[0])
    except NotFoundError:
        return False
    raw = f"arn:{account.names.partition}:s3:::{account.names.buckets['raw']}"
    for each in stream["DeliveryStreamDescription"]["Destinations"]:
        place = each.get("ExtendedS3DestinationDescription") or each.get("S3DestinationDescription") or {}
        if place.get("BucketARN") == raw and place.get("Prefix", "").startswith(LANDING):
            return True
    return False


CHECKS = (once, account_wide, subscribed)
