"""The calls of deploying with their permissions: the least policy for a deployer.

CloudFormation makes all other calls in the deployer's name. `infra/deployer.yaml` has the permissions for both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Needed:
    """A permission.

    Attributes:
        action: such as ``cloudformation:DescribeStacks``.
        resource: its ARN behind ``arn:<partition>:``, with ``{region}``, ``{account}`` and ``{prefix}``; ``*`` if the
            action takes none.
        commands: what calls it: deploy, destroy and init.
    """

    action: str
    resource: str
    commands: tuple[str, ...]

    def arn(self, partition: str, region: str, account: str, prefix: str) -> str:
        """The resource in an account."""
        if self.resource == "*":
            return "*"
        return f"arn:{partition}:{self.resource.format(region=region, account=account, prefix=prefix)}"


_STACK = "cloudformation:{region}:{account}:stack/{prefix}-*/*"
_BUCKETS = "s3:::{prefix}-*-{account}-{region}"
_CONTROL = "s3:::{prefix}-control-{account}-{region}"
_SHARED_LOGS = "logs:{region}:{account}:log-group:/aws-glue/python-jobs/*"
_CRAWLER_LOGS = "logs:{region}:{account}:log-group:/aws-glue/crawlers"
_LOG_GROUP = "logs:{region}:{account}:log-group:*"
_DEPLOY, _DESTROY, _INIT = ("deploy",), ("destroy",), ("init",)
_BOTH = (*_DEPLOY, *_DESTROY)

NEEDED: tuple[Needed, ...] = (
    Needed("cloudformation:DescribeStacks", _STACK, _BOTH),
    Needed("cloudformation:DescribeStackEvents", _STACK, _BOTH),
    Needed("cloudformation:DescribeStackResources", _STACK, _DEPLOY),
    Needed("cloudformation:ValidateTemplate", "*", _DEPLOY),
    Needed("cloudformation:GetTemplate", _STACK, _DEPLOY),
    Needed("cloudformation:CreateChangeSet", _STACK, _BOTH),
    Needed("cloudformation:DescribeChangeSet", _STACK, _BOTH),
    Needed("cloudformation:ExecuteChangeSet", _STACK, _BOTH),
    Needed("cloudformation:DeleteChangeSet", _STACK, _DEPLOY),
    Needed("cloudformation:ListChangeSets", _STACK, _DEPLOY),
    Needed("cloudformation:DeleteStack", _STACK, _BOTH),
    Needed("s3:ListBucket", _BUCKETS, _BOTH),
    Needed("s3:GetBucketPolicy", _BUCKETS, _DEPLOY),
    Needed("s3:ListBucketVersions", _BUCKETS, _DESTROY),
    Needed("s3:PutObject", f"{_CONTROL}/artifacts/*", _DEPLOY),
    Needed("s3:PutObject", f"{_CONTROL}/config/*", _DEPLOY),
    Needed("s3:DeleteObject", f"{_BUCKETS}/*", _DESTROY),
    Needed("s3:DeleteObjectVersion", f"{_BUCKETS}/*", _DESTROY),
    Needed("s3:DeleteBucket", _BUCKETS, _DESTROY),
    Needed("dynamodb:DescribeTable", "dynamodb:{region}:{account}:table/{prefix}-ledger", _BOTH),
    Needed("dynamodb:UpdateTable", "dynamodb:{region}:{account}:table/{prefix}-ledger", _DESTROY),
    Needed("dynamodb:DeleteTable", "dynamodb:{region}:{account}:table/{prefix}-ledger", _DESTROY),
    Needed("glue:GetJobRuns", "glue:{region}:{account}:job/{prefix}-*", _DESTROY),
    Needed("glue:GetCrawler", "glue:{region}:{account}:crawler/{prefix}-*", _BOTH),
    Needed("logs:DescribeLogGroups", "*", (*_DEPLOY, *_INIT)),
    *(
        Needed(f"logs:{action}", resource, _DEPLOY)  # with shared_log_days in the settings file
        for action in ("CreateLogGroup", "PutRetentionPolicy")
        for resource in (_CRAWLER_LOGS, _SHARED_LOGS)
    ),
    Needed("logs:FilterLogEvents", _LOG_GROUP, _INIT),
    Needed("cloudwatch:GetMetricStatistics", "*", _INIT),
)
"""All of them, by service. STS answers GetCallerIdentity to everybody."""

_S3_ACTIONS: Mapping[str, str] = {
    "HeadBucket": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "ListObjectVersions": "ListBucketVersions",
    "DeleteObjects": "DeleteObject",
}
"""Operations of S3 whose action has another name (S3 user guide, "Required permissions")."""


def action_of(service: str, operation: str) -> str:
    """The IAM action of an operation, by botocore's names."""
    return f"{service}:{_S3_ACTIONS.get(operation, operation) if service == 's3' else operation}"
