"""What a bucket's policy allows CloudWatch Logs to do in an export.

Source: CloudWatch Logs user guide, "Export log data to Amazon S3" (the policy and its conditions).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gluelocal.iam.policies import Access
from gluelocal.iam.s3_accesses import bucket_arn, object_arn
from gluelocal.iam.service_policies import service_may

if TYPE_CHECKING:
    from gluelocal.cloud.embedded_aws import EmbeddedAws
    from loglake_cli.local.exports.export_service import Destination


def refused_action(aws: EmbeddedAws, destination: Destination) -> str:
    """The action that the bucket's policy doesn't allow CloudWatch Logs; empty if all are allowed.

    Another check reports a missing bucket.
    """
    if not aws.s3.region_of(destination.bucket):
        return ""
    document = aws.s3.policies.get(destination.bucket, {})
    principal = f"logs.{destination.region}.amazonaws.com"
    needed = _needed(aws.account_id, destination)
    return next((each.action for each in needed if not service_may(document, principal, each).allowed), "")


def _needed(account: str, destination: Destination) -> tuple[Access, Access]:
    """CloudWatch reads the bucket's ACL, and gives the bucket's owner all rights to its objects."""
    arn = f"arn:aws:logs:{destination.region}:{account}:log-group:{destination.log_group}:*"
    context = {
        "aws:sourceaccount": (account,),
        "aws:sourcearn": (arn,),
        "aws:securetransport": ("true",),
        "aws:resourceaccount": (account,),
    }
    put = {**context, "s3:x-amz-acl": ("bucket-owner-full-control",)}
    return (
        Access("s3:GetBucketAcl", bucket_arn(destination.bucket), context),
        Access("s3:PutObject", object_arn(destination.bucket, destination.key), put),
    )
