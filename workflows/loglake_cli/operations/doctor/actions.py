"""The IAM actions that all checks need; a test compares them with the calls that are made.

Detecting drift reads the stacks' resources of all types with the caller's permissions, too
(CloudFormation user guide, "Detect unmanaged configuration changes"). The managed policy ReadOnlyAccess has them.
"""

from __future__ import annotations

ACTIONS: tuple[str, ...] = (
    "cloudformation:DescribeStackDriftDetectionStatus",
    "cloudformation:DescribeStackResourceDrifts",
    "cloudformation:DescribeStacks",
    "cloudformation:DetectStackDrift",
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
    "logs:DescribeExportTasks",
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
    "servicequotas:ListServiceQuotas",
    "sqs:GetQueueAttributes",
    "sqs:GetQueueUrl",
)
"""Without --smoke."""

SMOKE_ACTIONS: tuple[str, ...] = (
    "athena:GetQueryExecution",
    "athena:GetQueryResults",
    "athena:GetWorkGroup",
    "athena:StartQueryExecution",
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
