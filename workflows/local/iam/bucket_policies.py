"""What the policy of a bucket lets CloudWatch Logs do when it exports.

Sources: CloudWatch Logs user guide, "Export log data to Amazon S3" (the policy and its conditions); IAM user guide,
"Policy evaluation logic": nothing is allowed by default to a service of AWS, and an explicit Deny wins.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from workflows.local.iam.conditions import texts
from workflows.local.iam.patterns import wild
from workflows.local.iam.policies import Access, Role, read_policy
from workflows.local.iam.s3_accesses import bucket_arn, object_arn

if TYPE_CHECKING:
    from workflows.local.cloud.embedded_aws import EmbeddedAws
    from workflows.local.cloud.export_service import Destination


class ExportPermissions:
    """Says whether a bucket's policy lets an export task write, as CreateExportTask finds out."""

    def __init__(self, aws: EmbeddedAws) -> None:
        """From now on, export tasks need it."""
        self._aws = aws
        aws.exports.refused = self.refused

    def refused(self, destination: Destination) -> str:
        """The action that the bucket's policy does not let CloudWatch Logs do; empty where it lets it do all.

        A bucket that is not there is told elsewhere.
        """
        if not self._aws.s3.has_bucket(destination.bucket):
            return ""
        document = self._aws.s3.policies.get(destination.bucket, {})
        principal = f"logs.{destination.region}.amazonaws.com"
        role = Role("", "", read_policy("policy", {"Statement": list(_of(document, principal))}))
        needed = self._needed(destination)
        return next((access.action for access in needed if not role.decide(access).allowed), "")

    def _needed(self, destination: Destination) -> tuple[Access, Access]:
        """CloudWatch reads the bucket's ACL, and gives the owner of the bucket all rights to what it puts."""
        account = self._aws.account_id
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


def _of(document: Mapping[str, Any], principal: str) -> Iterator[Mapping[str, Any]]:
    """The statements of a policy that speak of a service."""
    given = document.get("Statement", [])
    for statement in given if isinstance(given, list) else [given]:
        named = statement.get("Principal", {})
        services = texts(named.get("Service", ())) if isinstance(named, Mapping) else ()
        if named == "*" or any(wild(service, principal) for service in services):
            yield statement
