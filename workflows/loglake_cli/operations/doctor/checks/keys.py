"""Whether those who need them may use the KMS keys of the buckets and of the Data Catalog."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from gluelocal.iam.policies import Access, service_may
from gluelocal.iam.roles import role_name
from loglake_cli.operations.doctor.account import Account
from loglake_cli.operations.doctor.checks.permissions import refusals
from loglake_cli.operations.doctor.expected import Names
from loglake_cli.operations.doctor.finding import Finding, check, fine, problem

_FOR_DATA = ["kms:Decrypt", "kms:GenerateDataKey*"]
_FOR_LOGS = ["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"]
_FOR_DELIVERY = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"]
_ONE = {"LogGroupsAreEncrypted": "/aws-glue/{0}-convert-logs/output", "DeadLettersAreSent": "request-object"}
"""One that a wildcard in the condition of a statement means."""
_CATALOG_NEEDS = ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"]
_WRITES_CATALOG = {"ExportRole", "ConvertRole", "CrawlerRole"}
_NO_KEY = "The buckets have keys of S3's own."


@check(
    "key-enabled",
    "The KMS key of the buckets can be used.",
    "Nothing can be read or written with a key that is disabled or will be deleted.",
)
def enabled(account: Account) -> Iterator[Finding]:
    """DescribeKey."""
    if not account.key_arn:
        yield fine(account.prefix, _NO_KEY)
        return
    key = account.reader.read("kms", "DescribeKey", KeyId=account.key_arn)["KeyMetadata"]
    if key["KeyState"] != "Enabled":
        fixes = {"PendingDeletion": "cancel-key-deletion", "Disabled": "enable-key"}
        yield problem(
            account.key_arn,
            f"The key {account.key_arn} is {key['KeyState']}.",
            f"aws kms {fixes.get(key['KeyState'], 'describe-key')} --key-id {account.key_arn}",
        )


@check(
    "key-policy",
    "The policy of the KMS key lets the AWS services and the account's roles use it.",
    "Without it export tasks fail, log groups can't be made, lost events are not kept, or jobs can't read.",
)
def policy(account: Account) -> Iterator[Finding]:
    """GetKeyPolicy: each service's principal, and the account, which lets its roles' policies count."""
    if not account.key_arn:
        yield fine(account.prefix, _NO_KEY)
        return
    document = _policy_of(account, account.key_arn)
    for statement in key_statements(account.names, account.parameter("storage", "DirectDelivery").split(",")):
        service, one = statement["Principal"]["Service"], _ONE.get(statement["Sid"], "loglake").format(account.prefix)
        conditions = statement.get("Condition", {}).values()
        asked = {key.lower(): (text.replace("*", one),) for keys in conditions for key, text in keys.items()}
        context = {**account.names.request_context(""), **asked}
        missing = [
            action
            for action in statement["Action"]
            if not service_may(document, service, Access(action.rstrip("*"), account.key_arn, context)).allowed
        ]
        if missing:
            yield problem(
                account.key_arn,
                f"{service} may not do {', '.join(missing)} with the key.",
                "Add to the key's policy: " + json.dumps(statement),
            )
    yield from _lets_roles(account, account.key_arn, ["kms:Decrypt", "kms:GenerateDataKey"])


@check(
    "catalog-key",
    "The roles may use your KMS key of an encrypted Data Catalog.",
    "A crawl fails without it, and no job can read a table or register a partition.",
)
def catalog(account: Account) -> Iterator[Finding]:
    """GetDataCatalogEncryptionSettings; then SimulatePrincipalPolicy of each role that writes, and GetKeyPolicy."""
    key = account.catalog_key
    if not key:
        yield fine(account.prefix, "The Data Catalog has no KMS key that roles must be let use.")
        return
    roles = {name: arn for name, arn in account.roles().items() if name in _WRITES_CATALOG}
    wanted = {"Action": _CATALOG_NEEDS, "Resource": key}
    lacking = [role_name(arn) for arn in roles.values() if refusals(account, arn, wanted)]
    if lacking:
        yield problem(
            key,
            f"The Data Catalog is encrypted with {key}, and {', '.join(sorted(lacking))} may not use it.",
            f"Set CatalogKmsKeyArn: {key} in loglake.yaml, then: loglake deploy --prefix {account.prefix}",
        )
    yield from _lets_roles(account, key, _CATALOG_NEEDS)


def key_statements(names: Names, delivering: Iterable[str]) -> list[dict[str, Any]]:
    """What the policy of the buckets' key must have for AWS services, as the page of each service has it.

    Args:
        names: of the deployment.
        delivering: the services of the parameter DirectDelivery.
    """
    logs, delivers = f"logs.{names.region}.{names.suffix}", set(delivering)
    account, log_groups = {"aws:SourceAccount": names.account}, names.arn("logs", "log-group:*")
    rules = {"aws:SourceArn": names.arn("events", f"rule/{names.prefix}-*")}
    found = [
        ("ExportsAreWritten", logs, ["kms:GenerateDataKey", "kms:Decrypt"], {}),
        ("LogGroupsAreEncrypted", logs, _FOR_LOGS, {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": log_groups}}),
        ("DeadLettersAreSent", "events.amazonaws.com", _FOR_DATA, {"StringEquals": account, "ArnLike": rules}),
    ]
    if delivers & {"NLB", "VpcFlow", "Route53", "CloudFront"}:
        region = "*" if "CloudFront" in delivers else names.region
        source = {"aws:SourceArn": f"arn:{names.partition}:logs:{region}:{names.account}:*"}
        condition = {"StringEquals": account, "ArnLike": source}
        found.append(("LogsAreDelivered", "delivery.logs.amazonaws.com", _FOR_DELIVERY, condition))
    if "CloudTrail" in delivers:
        trails = f"arn:{names.partition}:cloudtrail:*:{names.account}:trail/*"
        found.append(
            ("TrailsAreDelivered", "cloudtrail.amazonaws.com", _FOR_DATA, {"ArnLike": {"aws:SourceArn": trails}})
        )
    return [
        {
            "Sid": sid,
            "Effect": "Allow",
            "Principal": {"Service": service},
            "Action": actions,
            "Resource": "*",
            **({"Condition": condition} if condition else {}),
        }
        for sid, service, actions, condition in found
    ]


def _policy_of(account: Account, key_arn: str) -> Any:
    answer = account.reader.read("kms", "GetKeyPolicy", KeyId=key_arn, PolicyName="default")
    return json.loads(answer["Policy"])


def _lets_roles(account: Account, key_arn: str, actions: list[str]) -> Iterator[Finding]:
    """A key's policy names the account, which lets its roles' policies count, or each role."""
    names, named = account.names, _principals(_policy_of(account, key_arn))
    root = f"arn:{names.partition}:iam::{names.account}:root"
    lacking = [arn for arn in account.roles().values() if arn not in named]
    if not named & {root, names.account, "*"} and lacking:
        statement = {
            "Sid": "TheAccountsRoles",
            "Effect": "Allow",
            "Principal": {"AWS": root},
            "Action": actions,
            "Resource": "*",
        }
        yield problem(
            key_arn,
            f"The key's policy lets neither the account nor {', '.join(sorted(lacking))} use it.",
            "Add to the key's policy: " + json.dumps(statement),
        )


def _principals(document: Any) -> set[str]:
    found: set[str] = set()
    for statement in document["Statement"]:
        principal = statement.get("Principal", {})
        if statement["Effect"] == "Allow":
            given = principal if isinstance(principal, str) else principal.get("AWS", [])
            found.update([given] if isinstance(given, str) else given)
    return found


CHECKS = (enabled, policy, catalog)
