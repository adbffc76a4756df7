"""All checks, and running them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from loglake.errors import AccessDeniedError, ConfigError, LoglakeError, NotFoundError
from loglake_cli.errors import BAD_INPUT
from loglake_cli.operations.doctor.account import Account
from loglake_cli.operations.doctor.checks import (
    buckets,
    catalog,
    events,
    jobs,
    keys,
    log_groups,
    network,
    permissions,
    stacks,
)
from loglake_cli.operations.doctor.finding import Check, Finding, Result, fine, not_allowed, unproven

ACTIONS: tuple[str, ...] = (
    "cloudformation:DescribeStacks",
    "dynamodb:DescribeContinuousBackups",
    "dynamodb:DescribeTable",
    "ec2:DescribeRouteTables",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeVpcEndpoints",
    "events:DescribeRule",
    "events:ListTargetsByRule",
    "firehose:DescribeDeliveryStream",
    "glue:GetConnection",
    "glue:GetCrawler",
    "glue:GetDataCatalogEncryptionSettings",
    "glue:GetDatabase",
    "glue:GetJob",
    "glue:GetJobRuns",
    "glue:GetTables",
    "glue:GetTrigger",
    "glue:GetWorkflow",
    "iam:GetRole",
    "iam:SimulatePrincipalPolicy",
    "kms:DescribeKey",
    "kms:GetKeyPolicy",
    "lakeformation:ListPermissions",
    "lakeformation:ListResources",
    "logs:DescribeAccountPolicies",
    "logs:DescribeLogGroups",
    "logs:DescribeSubscriptionFilters",
    "s3:GetBucketLocation",
    "s3:GetBucketNotification",
    "s3:GetBucketOwnershipControls",
    "s3:GetBucketPolicy",
    "s3:GetBucketPublicAccessBlock",
    "s3:GetEncryptionConfiguration",
    "s3:GetLifecycleConfiguration",
    "s3:GetObject",
    "scheduler:GetSchedule",
    "sqs:GetQueueAttributes",
    "sqs:GetQueueUrl",
)
"""Without --smoke."""

SMOKE_ACTIONS: tuple[str, ...] = (
    "athena:GetQueryExecution",
    "athena:GetQueryResults",
    "athena:GetWorkGroup",
    "athena:StartQueryExecution",
    "athena:StopQueryExecution",
    "dynamodb:GetItem",
    "dynamodb:Query",
    "dynamodb:Scan",
    "glue:GetPartition",
    "glue:GetWorkflowRun",
    "glue:GetWorkflowRuns",
    "glue:ListCrawls",
    "s3:ListBucket",
    "s3:PutObject",
)
"""What --smoke needs in addition."""


THEMES: dict[str, tuple[Check[Account], ...]] = {
    "Stacks": stacks.CHECKS,
    "Buckets and ledger": buckets.CHECKS,
    "Jobs": jobs.CHECKS,
    "Triggers": events.TRIGGER_CHECKS,
    "Events": events.CHECKS,
    "Permissions": permissions.CHECKS,
    "KMS keys": keys.CHECKS,
    "Log groups": log_groups.CHECKS,
    "Ingest": log_groups.INGEST_CHECKS,
    "Catalog": catalog.CHECKS,
    "Lake Formation": catalog.LAKE_FORMATION_CHECKS,
    "Network": network.CHECKS,
}
"""By theme, in the order in which they run and are reported: what others depend on first."""

CHECKS: tuple[Check[Account], ...] = tuple(check for checks in THEMES.values() for check in checks)


def examine(
    account: Account, checks: Iterable[Check[Account]] = CHECKS, *, say: Callable[[str], None] = lambda _: None
) -> tuple[Finding, ...]:
    """Runs all checks on a deployment; changes nothing.

    Args:
        account: of the deployment.
        checks: which ones.
        say: called with the current check.

    Returns:
        At least one finding for each check, in the order of the checks.

    Raises:
        ConfigError: there are no credentials or no Region, or AWS refuses them; or nothing is deployed.
    """
    names = account.names
    if not account.is_there:
        raise ConfigError(
            f"nothing is deployed with the prefix {account.prefix} in {names.region} of account {names.account}: "
            "run `loglake deploy`, or name another deployment by --lake aws:PREFIX."
        )
    findings: list[Finding] = []
    for each in checks:
        say(f"Checking {each.id}")
        findings += _findings(each, account)
    return tuple(findings)


def _findings(each: Check[Account], account: Account) -> list[Finding]:
    notes = list(_looked(each, account))
    wrong = [note for note in notes if note.result is not Result.OK]
    if wrong:
        return [each.finding(note) for note in wrong]
    said = " ".join(note.found for note in notes) or each.confirms
    return [each.finding(fine(notes[0].subject if notes else account.prefix, said))]


def _looked(each: Check[Account], account: Account) -> Iterator[Finding]:
    """The findings of a check; and the error that ended it, if any."""
    try:
        yield from each.look(account)
    except AccessDeniedError as error:
        yield not_allowed(account.prefix, error)
    except NotFoundError as error:
        yield unproven(account.prefix, f"What it looks at is not there: {error}", "Fix the problems above first.")
    except (KeyError, IndexError, ValueError) as error:  # the other checks are useful
        said = f"AWS gave an answer of a form that is not known here: {type(error).__name__}: {error}"
        yield unproven(account.prefix, said, "Look at it in the console, and open an issue with this line.")
    except BAD_INPUT as error:
        yield unproven(account.prefix, f"It can't be read: {error}", "Fix the problems above first.")
    except LoglakeError as error:
        yield unproven(account.prefix, f"{error}", "Look at it in the console; the local runtime answers no such call.")
