"""Whether the buckets and the ledger exist, and give access only to those who need it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from operator import itemgetter
from typing import Any

from gluelocal.iam.policies import Access, service_may
from loglake.core.keys import COMMITS, EXPORTS, LANDING, TABLES
from loglake.errors import NotFoundError
from loglake_cli.operations.doctor.account import Account
from loglake_cli.operations.doctor.checks.compared import compared
from loglake_cli.operations.doctor.finding import Finding, Look, check, problem, unproven

_KEEPS = {"raw": (EXPORTS, LANDING), "lake": (TABLES, COMMITS)}
"""Prefixes that must not expire soon: raw objects until their last pass, and tables at all."""

_RAW_DAYS = 60
"""The least that infra/storage.yaml takes: well above the 15 days after which a day has its final pass."""


@check(
    "buckets-there",
    "The three buckets are there, in this Region.",
    "Requests, exports and tables have nowhere to go without them.",
)
def there(account: Account) -> Iterator[Finding]:
    """GetBucketLocation of each."""
    for bucket in account.names.buckets.values():
        try:
            place = account.reader.read("s3", "GetBucketLocation", Bucket=bucket)["LocationConstraint"] or "us-east-1"
        except NotFoundError:
            yield problem(bucket, f"The bucket {bucket} is not there.", account.redeploy)
            continue
        if place != account.names.region:
            yield problem(
                bucket,
                f"The bucket {bucket} is in {place}, and CloudWatch exports within a Region only.",
                f"AWS_REGION={place} loglake doctor --lake aws:{account.prefix}",
            )


@check(
    "export-policy",
    "The policy of the raw bucket lets CloudWatch Logs write exports.",
    "Every export task fails without it.",
)
def export_policy(account: Account) -> Iterator[Finding]:
    """GetBucketAcl and PutObject for the principal of CloudWatch Logs, with the keys of a request of an export."""
    names, bucket = account.names, account.names.buckets["raw"]
    document = _policy(account, bucket)
    context = names.request_context(names.arn("logs", "log-group:/loglake/doctor:*"))
    put = {**context, "s3:x-amz-acl": ("bucket-owner-full-control",)}
    bucket_arn = f"arn:{names.partition}:s3:::{bucket}"
    needed = (
        ("LogsReadTheAcl", Access("s3:GetBucketAcl", bucket_arn, context)),
        ("LogsPutExports", Access("s3:PutObject", f"{bucket_arn}/{EXPORTS}doctor/aws-logs-write-test", put)),
    )
    for sid, access in needed:
        decision = service_may(document, f"logs.{names.region}.{names.suffix}", access)
        if not decision.allowed:
            yield problem(
                bucket,
                f"CloudWatch Logs may not do {access.action} on {bucket}.",
                "Add to the bucket's policy: " + json.dumps(_statement(account, "RawPolicy", sid)),
            )
        elif decision.unchecked:
            yield unproven(
                bucket,
                f"Whether {access.action} is allowed depends on a condition of {', '.join(decision.unchecked)} in the "
                f"policy of {bucket}, which can't be known from here.",
                f"loglake doctor --lake aws:{account.prefix} --smoke  # exports an hour",
            )


@check(
    "buckets-tls",
    "The policy of each bucket refuses requests without TLS.",
    "Logs would travel in the clear.",
)
def tls(account: Account) -> Iterator[Finding]:
    """A statement that denies everything where aws:SecureTransport is false."""
    for use, bucket in account.names.buckets.items():
        given = _policy(account, bucket).get("Statement", [])
        denies = (each for each in given if each["Effect"] == "Deny" and each.get("Principal") in ("*", {"AWS": "*"}))
        if not any("false" in json.dumps(each.get("Condition", {}).get("Bool", {})) for each in denies):
            yield problem(
                bucket,
                f"The bucket {bucket} takes requests without TLS.",
                "Add to the bucket's policy: "
                + json.dumps(_statement(account, f"{use.capitalize()}Policy", "OnlyTls")),
            )


def _as_template(operation: str, key: str, fix: str) -> Look:
    """Compares a setting of each bucket, which a call answers under a key."""
    return compared(
        "AWS::S3::Bucket",
        lambda account, bucket: {key: _setting(account, bucket, operation, key)},
        {key: itemgetter(key)},
        {key: f"aws s3api {fix}"},
    )


ownership = check(
    "bucket-ownership",
    "The owner of each bucket owns all objects in it.",
    "An object that another account owns can't be read by the jobs.",
)(
    _as_template(
        "GetBucketOwnershipControls",
        "OwnershipControls",
        "put-bucket-ownership-controls --bucket {name} --ownership-controls '{want}'",
    )
)

public_access = check(
    "bucket-public-access",
    "Nobody outside of the account can be let into the buckets by an ACL or a policy.",
    "Logs often hold secrets.",
)(
    _as_template(
        "GetPublicAccessBlock",
        "PublicAccessBlockConfiguration",
        "put-public-access-block --bucket {name} --public-access-block-configuration '{want}'",
    )
)


@check(
    "bucket-encryption",
    "All buckets are encrypted, with the same key.",
    "The roles may use one key: a bucket with another one refuses the jobs.",
)
def encryption(account: Account) -> Iterator[Finding]:
    """The key of each bucket, compared with that of the raw bucket."""
    wanted = account.key_arn
    for bucket in account.names.buckets.values():
        key = account.key_of(bucket)
        if key != wanted:
            yield problem(
                bucket,
                f"The bucket {bucket} has {_key(key)}, and {account.names.buckets['raw']} has {_key(wanted)}.",
                f"loglake deploy --prefix {account.prefix}  # with the same KmsKeyArn for storage and access",
            )


def _key(arn: str) -> str:
    return f"the key {arn}" if arn else "a key of S3's own"


@check(
    "bucket-lifecycle",
    "No lifecycle rule deletes tables, commits or raw objects that are still needed.",
    "What a rule deletes is missing in query results, and can't be converted again.",
)
def lifecycle(account: Account) -> Iterator[Finding]:
    """Rules that expire what has to stay."""
    for use, prefixes in _KEEPS.items():
        bucket = account.names.buckets[use]
        for rule in _setting(account, bucket, "GetBucketLifecycleConfiguration", "Rules"):
            days = rule.get("Expiration", {}).get("Days")
            hit = [each for each in prefixes if each.startswith(_prefix(rule)) or _prefix(rule).startswith(each)]
            if rule["Status"] == "Enabled" and days and hit and (use == "lake" or days < _RAW_DAYS):
                yield problem(
                    bucket,
                    f"The lifecycle rule {rule.get('ID', 'without a name')} of {bucket} deletes what is below "
                    f"{', '.join(hit)} after {days} days.",
                    f"aws s3api get-bucket-lifecycle-configuration --bucket {bucket}  # and take the rule out",
                )


def _prefix(rule: Mapping[str, Any]) -> str:
    given = rule.get("Filter", {})
    return str(given.get("Prefix") or given.get("And", {}).get("Prefix") or rule.get("Prefix") or "")


@check(
    "ledger-there",
    "The ledger is there, has its index, and can be restored to any point in time.",
    "The ledger is the only record of what is in the tables.",
)
def ledger(account: Account) -> Iterator[Finding]:
    """DescribeTable and DescribeContinuousBackups."""
    name = account.names.named("ledger")
    try:
        table = account.reader.read("dynamodb", "DescribeTable", TableName=name)["Table"]
    except NotFoundError:
        yield problem(name, f"The table {name} is not there.", account.redeploy)
        return
    if table["TableStatus"] != "ACTIVE":
        yield problem(
            name, f"The table {name} is {table['TableStatus']}.", f"aws dynamodb wait table-exists --table-name {name}"
        )
    if "pending" not in {index["IndexName"] for index in table.get("GlobalSecondaryIndexes", [])}:
        yield problem(name, f"The table {name} has no index pending.", account.redeploy)
    backups = account.reader.read("dynamodb", "DescribeContinuousBackups", TableName=name)
    recovery = backups["ContinuousBackupsDescription"].get("PointInTimeRecoveryDescription", {})
    if recovery.get("PointInTimeRecoveryStatus") != "ENABLED":
        yield problem(
            name,
            f"The table {name} can't be restored to a point in time.",
            f"aws dynamodb update-continuous-backups --table-name {name} "
            "--point-in-time-recovery-specification PointInTimeRecoveryEnabled=true",
        )


def _policy(account: Account, bucket: str) -> Mapping[str, Any]:
    """The policy of a bucket; empty if it has none."""
    return dict(json.loads(_setting(account, bucket, "GetBucketPolicy", "Policy") or "{}"))


def _setting(account: Account, bucket: str, operation: str, key: str) -> Any:
    """What a call answers about a bucket under a key; empty if the bucket has no such setting."""
    try:
        return account.reader.read("s3", operation, Bucket=bucket)[key]
    except NotFoundError as error:
        if "(NoSuchBucket)" in str(error.__cause__):
            raise
        return {}


def _statement(account: Account, policy: str, sid: str) -> Mapping[str, Any]:
    """A statement as the template has it."""
    given: list[Mapping[str, Any]] = account.expected.properties(policy)["PolicyDocument"]["Statement"]
    return next(each for each in given if each["Sid"] == sid)


CHECKS = (there, export_policy, tls, ownership, public_access, encryption, lifecycle, ledger)
