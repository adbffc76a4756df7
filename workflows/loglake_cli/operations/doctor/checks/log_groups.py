"""Whether the datasets have the log groups that they should, and each comes in one way."""

from __future__ import annotations

from collections.abc import Iterator

from loglake.core.keys import LANDING
from loglake.core.landing.subscriptions import NEVER, why_left_out
from loglake.core.planning.settings import SETTLE_AFTER_HOURS
from loglake.core.schema.datasets import Dataset
from loglake.core.units import MS_PER_HOUR
from loglake.errors import NotFoundError
from loglake_cli.deploy.job_logs import JOB_LOG_GROUPS
from loglake_cli.operations.doctor.account import Account
from loglake_cli.operations.doctor.finding import Finding, check, fine, problem, unproven
from loglake_cli.wording import counted

_SHOWN = 5


@check(
    "log-groups-matched",
    "Each dataset has log groups; those that none matches are not exported.",
    "A pattern with a typing mistake exports nothing, and nothing reports it.",
)
def matched(account: Account) -> Iterator[Finding]:
    """Datasets without a log group; and, for whoever wonders, log groups without a dataset."""
    names = _names(account)
    for entry in account.datasets.entries:
        if entry.is_exported and not any(entry.matches(name) for name in names):
            patterns = ", ".join(entry.log_groups)
            yield problem(
                patterns,
                f"No log group matches the dataset with {patterns}.",
                f"Edit the datasets file, then: loglake deploy --prefix {account.prefix}",
            )
    without = [name for name in names if account.datasets.find(name) is None and not name.startswith("/aws-glue/")]
    if without:
        shown = ", ".join(without[:_SHOWN]) + (", ..." if len(without) > _SHOWN else "")
        yield fine(account.prefix, f"{counted(len(without), 'log group')} in no dataset, so not exported: {shown}.")


@check(
    "log-groups-once",
    "No dataset is hidden by another one above it.",
    "A log group belongs to the first dataset that matches it; its own entry further down is without effect.",
)
def once(account: Account) -> Iterator[Finding]:
    """Datasets that lose all of their log groups to an earlier one."""
    names = _names(account)
    for entry in account.datasets.entries:
        mine = [name for name in names if entry.matches(name)]
        if mine and not any(account.datasets.find(name) is entry for name in mine):
            first = account.datasets.find(mine[0])
            assert first  # entry matches, so there is one
            yield problem(
                mine[0],
                f"The log group {mine[0]} matches two datasets, and {_shown(first)} has it, not {_shown(entry)}.",
                f"Move the dataset {_shown(entry)} above {_shown(first)}, or take it out, then: "
                f"loglake deploy --prefix {account.prefix}",
            )


@check(
    "job-logs-left-out",
    "No dataset matches the log groups of Glue's own jobs.",
    "Each run would write new events to export, so that there is always a next run, and a bill for it.",
)
def job_logs_left_out(account: Account) -> Iterator[Finding]:
    """Patterns that match ``/aws-glue/*``."""
    own = sorted({*JOB_LOG_GROUPS, *(name for name in _names(account) if name.startswith("/aws-glue/"))})
    for entry in account.datasets.entries:
        hit = [name for name in own if account.datasets.find(name) is entry]
        if hit:
            yield problem(
                _shown(entry),
                f"The dataset {_shown(entry)} matches {hit[0]}, where this deployment's own jobs write.",
                f"Name the log groups of the dataset more closely, then: loglake deploy --prefix {account.prefix}",
            )


@check(
    "log-classes",
    "All log groups that are to be exported have the class STANDARD.",
    "CloudWatch Logs exports no other class; such log groups are skipped.",
)
def classes(account: Account) -> Iterator[Finding]:
    """The class of each log group that a dataset exports."""
    for group in account.log_groups_that(are_exported=True):
        kind = group.get("logGroupClass", "STANDARD")
        if kind != "STANDARD":
            yield problem(
                group["logGroupName"],
                f"The log group {group['logGroupName']} has the class {kind}.",
                "A log group's class can't be changed: have the logs written to a new log group of the class STANDARD.",
            )


@check(
    "log-retention",
    "CloudWatch keeps the events of exported log groups until their day has settled.",
    "What is gone by then is only in the first export of its hour, which may miss late events.",
)
def retention(account: Account) -> Iterator[Finding]:
    """Retentions that are shorter than a day and the time after which it settles."""
    least = 1 + -(-SETTLE_AFTER_HOURS // 24)
    for group in account.log_groups_that(are_exported=True):
        days = group.get("retentionInDays")
        if days and days <= least - 1:
            name = group["logGroupName"]
            yield problem(
                name,
                f"The log group {name} keeps its events for {counted(days, 'day')}.",
                f"aws logs put-retention-policy --log-group-name {name} --retention-in-days {least + 1}  # or more",
            )


def _names(account: Account) -> list[str]:
    return [group["logGroupName"] for group in account.log_groups]


def _shown(entry: Dataset) -> str:
    return entry.table or ", ".join(entry.log_groups)


CHECKS = (matched, once, job_logs_left_out, classes, retention)


_MOST = 200
"""How many log groups' subscription filters are read: a call for each."""

_LATE_MS = 3 * MS_PER_HOUR
"""So long after its last look something is wrong with the hourly trigger."""


@check(
    "ingest-once",
    "No log group is exported and landed.",
    "Its events are delivered twice and paid for twice. Those that land stay in the raw bucket unused.",
)
def ingested_once(account: Account) -> Iterator[Finding]:
    """Subscription filters of exported log groups, and of the account, that deliver to ``landing/``."""
    exported = [group["logGroupName"] for group in account.log_groups_that(are_exported=True)]
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
    exported = any(entry.is_exported for entry in account.datasets.entries)
    for policy in _account_policies(account):
        if exported and _lands(account, policy.get("policyDocument", "")):
            name = policy["policyName"]
            yield problem(
                name,
                f"The account's subscription {name} lands all log groups, and some datasets have them exported.",
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
    landed = account.log_groups_that(are_exported=False)
    if not landed or _account_policies(account):
        return
    looks = account.parameter("streaming", "Subscribe") == "LogGroups"
    note = account.subscribed if looks else NEVER
    for number, group in enumerate(landed):
        name = group["logGroupName"]
        if number < _MOST:
            has = any(not looks or _lands(account, each["destinationArn"]) for each in _filters(account, name))
        else:
            has = not looks or bool(note.having([name]))
        if not has:
            why = why_left_out(name, group.get("logGroupClass", "STANDARD")) or note.refused.get(name)
            said = f"The log group {name} has ingest: landing and no subscription filter"
            how = "Let it have one" if looks else "Turn on the stack streaming in the settings file"
            fix = f"{how}, or change ingest in the datasets file, then: loglake deploy --prefix {account.prefix}"
            yield problem(name, f"{said}{f': {why}' if why else ''}.", fix)
    if looks and account.clock.now_ms() > note.looked_ms + _LATE_MS:
        yield problem(
            account.prefix,
            "No look has seen to subscription filters for three hours.",
            f"aws glue get-trigger --name {account.names.named('subscribe')}  # its State is to be ACTIVATED",
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


INGEST_CHECKS = (ingested_once, account_wide, subscribed)
