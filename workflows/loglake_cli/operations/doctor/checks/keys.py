"""Whether CloudWatch Logs and the roles may use the KMS key of the buckets."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from gluelocal.iam.policies import Access
from gluelocal.iam.service_policies import service_may
from loglake_cli.operations.doctor.account import Account
from loglake_cli.operations.doctor.finding import Note, check, fine, problem

_LOGS_NEEDS = ("kms:GenerateDataKey", "kms:Decrypt")
_NO_KEY = "The buckets have keys of S3's own."


@check(
    "key-enabled",
    "The KMS key of the buckets can be used.",
    "Nothing can be read or written with a key that is disabled or will be deleted.",
)
def enabled(account: Account) -> Iterator[Note]:
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
    "The policy of the KMS key lets CloudWatch Logs and the account's roles use it.",
    "Every export task fails without it, or the jobs can't read what was exported.",
)
def policy(account: Account) -> Iterator[Note]:
    """GetKeyPolicy: the service principal of CloudWatch Logs, and the account, which lets its roles' policies count."""
    if not account.key_arn:
        yield fine(account.prefix, _NO_KEY)
        return
    given = account.reader.read("kms", "GetKeyPolicy", KeyId=account.key_arn, PolicyName="default")["Policy"]
    document, names = json.loads(given), account.names
    service = f"logs.{names.region}.{names.suffix}"
    context = names.request_context(names.arn("logs", "log-group:/loglake/doctor:*"))
    missing = [
        action
        for action in _LOGS_NEEDS
        if not service_may(document, service, Access(action, account.key_arn, context)).allowed
    ]
    if missing:
        statement = {
            "Sid": "CloudWatchLogsWritesExports",
            "Effect": "Allow",
            "Principal": {"Service": service},
            "Action": list(_LOGS_NEEDS),
            "Resource": "*",
        }
        yield problem(
            account.key_arn,
            f"CloudWatch Logs may not do {', '.join(missing)} with the key.",
            "Add to the key's policy: " + json.dumps(statement),
        )
    root = f"arn:{names.partition}:iam::{names.account_id}:root"
    named = _principals(document)
    lacking = [arn for arn in account.roles().values() if arn not in named]
    if not named & {root, names.account_id, "*"} and lacking:
        statement = {
            "Sid": "TheAccountsRoles",
            "Effect": "Allow",
            "Principal": {"AWS": root},
            "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
            "Resource": "*",
        }
        yield problem(
            account.key_arn,
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


CHECKS = (enabled, policy)
