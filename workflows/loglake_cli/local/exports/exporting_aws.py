"""The embedded AWS of the commands: it also has CloudWatch's export tasks."""

from __future__ import annotations

from gluelocal.clock import Clock
from gluelocal.cloud.embedded_aws import EmbeddedAws
from gluelocal.iam.policies import Access, service_may
from gluelocal.iam.s3_calls import bucket_arn, object_arn
from loglake_cli.local.exports.export_service import Destination, ExportService
from loglake_cli.local.exports.export_writing import ExportSettings


class ExportingAws(EmbeddedAws):
    """An embedded AWS with export tasks, which moto has otherwise than CloudWatch.

    Attributes:
        exports: the export service; export tasks of others are started here.
    """

    def __init__(self, clock: Clock, export: ExportSettings | None = None, port: int = 0) -> None:
        settings = export or ExportSettings()
        super().__init__(clock, port=port)
        self.exports = ExportService(self, settings)
        self.services.append(self.exports.api)

    def catch_up(self) -> None:
        """Does what is due by now, export tasks included."""
        self.exports.catch_up()
        super().catch_up()

    def stop(self) -> None:
        """Cancels running exports, then as `EmbeddedAws`."""
        self.exports.stop()
        super().stop()


def with_permissions(aws: ExportingAws) -> ExportingAws:
    """Makes export tasks need the permission of a bucket's policy from now on, as CreateExportTask does."""
    aws.exports.refused = lambda destination: _refused_action(aws, destination)
    return aws


def _refused_action(aws: EmbeddedAws, destination: Destination) -> str:
    """The action that the bucket's policy doesn't allow CloudWatch Logs; empty if all are allowed.

    Another check reports a missing bucket. Source: CloudWatch Logs user guide, "Export log data to Amazon S3" (the
    policy and its conditions).
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
