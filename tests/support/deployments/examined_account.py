"""A healthy deployment in an account, as AWS's API shows it. Tests break one thing of it."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from typing import Any

from gluelocal.iam.policies import Role, read_policy
from gluelocal.iam.simulator import simulated
from loglake.core.schema.datasets_file import load_datasets
from support.aws.answering_clients import AnsweringClients, Refused
from support.deployments.examined_state import (
    ACCOUNT,
    BUCKETS,
    CATALOG_KEY,
    CONVERT_LOGS,
    NAMES,
    NOW,
    REGION,
    ExaminedState,
    Shape,
    role_arn,
    role_name,
    table,
)

__all__ = [
    "ACCOUNT",
    "BUCKETS",
    "CONVERT_LOGS",
    "NAMES",
    "NOW",
    "REGION",
    "ExaminedAccount",
    "role_arn",
    "role_name",
    "table",
]


class ExaminedAccount(ExaminedState):
    """Answers calls about the deployment.

    Attributes:
        clients: gives the clients; has the answers and the calls that were made.
    """

    def __init__(self, *, whole: bool = False) -> None:
        super().__init__(whole=whole)
        self.clients = AnsweringClients(self._answers(), REGION)
        self.client = self.clients

    def _answers(self) -> dict[tuple[str, str], Callable[[Mapping[str, Any]], Mapping[str, Any]]]:
        answers: dict[tuple[str, str], Callable[[Mapping[str, Any]], Mapping[str, Any]]] = {
            ("sts", "GetCallerIdentity"): lambda _: {"Account": ACCOUNT, "Arn": f"arn:aws:iam::{ACCOUNT}:user/me"},
            ("cloudformation", "DescribeStacks"): self._describe_stacks,
            ("glue", "GetJob"): lambda m: {"Job": _named(self.jobs, m["JobName"])},
            ("glue", "GetJobRuns"): lambda m: {"JobRuns": self.runs[m["JobName"]]},
            ("glue", "GetCrawler"): lambda m: {"Crawler": _named(self.crawlers, m["Name"])},
            ("glue", "GetWorkflow"): lambda m: {"Workflow": _named(self.workflows, m["Name"])},
            ("glue", "GetTrigger"): lambda m: {"Trigger": _named(self.triggers, m["Name"])},
            ("glue", "GetDatabase"): lambda m: {"Database": _named(self.databases, m["Name"])},
            ("glue", "GetTables"): lambda _: {"TableList": list(self.tables.values())},
            ("glue", "GetConnection"): lambda _: {"Connection": {"PhysicalConnectionRequirements": _PLACE}},
            ("s3", "GetObject"): lambda _: {"Body": io.BytesIO(self._datasets_file())},
            ("events", "DescribeRule"): lambda m: _named(self.rules, m["Name"], "ResourceNotFoundException"),
            ("events", "ListTargetsByRule"): lambda m: (
                {"Targets": self.targets[m["Rule"]]} if self.targets[m["Rule"]] else {}
            ),
            ("scheduler", "GetSchedule"): lambda m: _named(self.schedules, m["Name"], "ResourceNotFoundException"),
            ("sqs", "GetQueueUrl"): lambda m: {
                "QueueUrl": _named(self.queues, m["QueueName"], _NO_QUEUE) and m["QueueName"]
            },
            ("sqs", "GetQueueAttributes"): lambda m: {"Attributes": self.queues[m["QueueUrl"]]},
            ("dynamodb", "DescribeTable"): lambda _: {"Table": self.ledger},
            ("dynamodb", "DescribeContinuousBackups"): self._backups,
            ("logs", "DescribeLogGroups"): lambda _: {"logGroups": list(self.groups.values())},
            ("logs", "DescribeSubscriptionFilters"): lambda m: {
                "subscriptionFilters": self.filters.get(m["logGroupName"], [])
            },
            ("logs", "DescribeAccountPolicies"): lambda _: {"accountPolicies": self.account_policies},
            ("firehose", "DescribeDeliveryStream"): lambda _: {"DeliveryStreamDescription": _delivery_stream()},
            ("iam", "GetRole"): self._get_role,
            ("iam", "SimulatePrincipalPolicy"): self._simulate,
            ("glue", "GetDataCatalogEncryptionSettings"): lambda _: {
                "DataCatalogEncryptionSettings": {"EncryptionAtRest": self.catalog_encryption}
            },
            ("kms", "DescribeKey"): lambda m: {
                "KeyMetadata": {"KeyId": m["KeyId"], "Arn": m["KeyId"], "KeyManager": "CUSTOMER", **self.key_state}
            },
            ("kms", "GetKeyPolicy"): lambda m: {
                "Policy": json.dumps(self.catalog_key_policy if m["KeyId"] == CATALOG_KEY else self.keys["Policy"])
            },
            ("lakeformation", "ListPermissions"): self._list_permissions,
            ("lakeformation", "ListResources"): lambda _: {
                "ResourceInfoList": [{"ResourceArn": arn} for arn in self.registered]
            },
            ("ec2", "DescribeSubnets"): lambda _: {"Subnets": [{"SubnetId": "subnet-1", "VpcId": "vpc-1"}]},
            ("ec2", "DescribeRouteTables"): lambda _: {
                "RouteTables": [{"RouteTableId": "rtb-1", "Routes": self.routes, "Associations": [{"Main": True}]}]
            },
            ("ec2", "DescribeVpcEndpoints"): lambda _: {"VpcEndpoints": self.endpoints},
            ("ec2", "DescribeSecurityGroups"): lambda _: {
                "SecurityGroups": [{"GroupId": "sg-1", "IpPermissions": self.ingress}]
            },
            **{("s3", name): self._of_bucket(part) for name, part in _BUCKET_PARTS.items()},
        }
        return {name: self._unless_denied(name, answer) for name, answer in answers.items()}

    def _unless_denied(
        self, name: tuple[str, str], answer: Callable[[Mapping[str, Any]], Mapping[str, Any]]
    ) -> Callable[[Mapping[str, Any]], Mapping[str, Any]]:
        def answered(members: Mapping[str, Any]) -> Mapping[str, Any]:
            if f"{name[0]}:{name[1]}" in self.denied:
                raise Refused("AccessDenied", "no", 403)
            return answer(members)

        return answered

    def _datasets_file(self) -> bytes:
        return json.dumps(load_datasets({"datasets": self.datasets}).to_json()).encode()

    def _describe_stacks(self, members: Mapping[str, Any]) -> Shape:
        name = members["StackName"]
        if name not in self.stacks:
            raise Refused("ValidationError", f"Stack with id {name} does not exist")
        return {"Stacks": [{"StackName": name, "CreationTime": NOW, **self.stacks[name]}]}

    def _backups(self, _: Mapping[str, Any]) -> Shape:
        recovery = {"PointInTimeRecoveryStatus": self.recovery}
        return {
            "ContinuousBackupsDescription": {
                "ContinuousBackupsStatus": "ENABLED",
                "PointInTimeRecoveryDescription": recovery,
            }
        }

    def _get_role(self, members: Mapping[str, Any]) -> Shape:
        name = members["RoleName"]
        role = _named(self.roles, name, "NoSuchEntity")
        return {
            "Role": {
                "Path": "/",
                "RoleName": name,
                "RoleId": "AROA1234567890123456",
                "Arn": f"arn:aws:iam::{ACCOUNT}:role/{name}",
                "CreateDate": NOW,
                "AssumeRolePolicyDocument": json.dumps(role["Trust"]),
            }
        }

    def _simulate(self, members: Mapping[str, Any]) -> Mapping[str, Any]:
        name = members["PolicySourceArn"].rpartition("/")[2]
        given = _named(self.roles, name, "NoSuchEntity")
        boundary = given["Boundary"]
        return simulated(
            Role(
                name,
                members["PolicySourceArn"],
                read_policy("inline", {"Statement": given["Statements"]}),
                read_policy("boundary", {"Statement": boundary}) if boundary else None,
            ),
            members,
        )

    def _list_permissions(self, members: Mapping[str, Any]) -> Shape:
        (kind,) = members["Resource"]
        shown = ("Principal", "Permissions")
        return {
            "PrincipalResourcePermissions": [
                {key: grant[key] for key in shown} for grant in self.grants if grant["Kind"] == kind
            ]
        }

    def _of_bucket(self, part: Callable[[ExaminedState, str, Shape], Shape]) -> Callable[[Mapping[str, Any]], Shape]:
        def answer(members: Mapping[str, Any]) -> Shape:
            bucket = members["Bucket"]
            return part(self, bucket, _named(self.buckets, bucket, "NoSuchBucket"))

        return answer


_NO_QUEUE = "AWS.SimpleQueueService.NonExistentQueue"
_PLACE = {"SubnetId": "subnet-1", "SecurityGroupIdList": ["sg-1"], "AvailabilityZone": f"{REGION}a"}


def _named(found: Mapping[str, Any], name: str, code: str = "EntityNotFoundException") -> Any:
    if name not in found:
        raise Refused(code, f"{name} is not found")
    return found[name]


def _delivery_stream() -> Shape:
    arn = f"arn:aws:firehose:{REGION}:{ACCOUNT}:deliverystream/lake-logs"
    role = f"arn:aws:iam::{ACCOUNT}:role/firehose"
    place = {
        "RoleARN": role,
        "BucketARN": f"arn:aws:s3:::{BUCKETS['raw']}",
        "Prefix": "landing/",
        "BufferingHints": {},
        "CompressionFormat": "GZIP",
        "EncryptionConfiguration": {},
    }
    return {
        "DeliveryStreamName": "lake-logs",
        "DeliveryStreamARN": arn,
        "DeliveryStreamStatus": "ACTIVE",
        "DeliveryStreamType": "DirectPut",
        "VersionId": "1",
        "HasMoreDestinations": False,
        "Destinations": [{"DestinationId": "d-1", "ExtendedS3DestinationDescription": place}],
    }


def _policy_of(_: ExaminedState, __: str, bucket: Shape) -> Shape:
    if not bucket["Policy"]:
        raise Refused("NoSuchBucketPolicy", "The bucket policy does not exist", 404)
    return {"Policy": json.dumps(bucket["Policy"])}


def _ownership_of(_: ExaminedState, __: str, bucket: Shape) -> Shape:
    if not bucket["Ownership"]:
        raise Refused("OwnershipControlsNotFoundError", "The bucket ownership controls were not found", 404)
    return {"OwnershipControls": {"Rules": [{"ObjectOwnership": bucket["Ownership"]}]}}


def _public_of(_: ExaminedState, __: str, bucket: Shape) -> Shape:
    if not bucket["Public"]:
        raise Refused("NoSuchPublicAccessBlockConfiguration", "not found", 404)
    return {"PublicAccessBlockConfiguration": bucket["Public"]}


def _encryption_of(_: ExaminedState, __: str, bucket: Shape) -> Shape:
    given = (
        {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": bucket["Key"]} if bucket["Key"] else {"SSEAlgorithm": "AES256"}
    )
    return {"ServerSideEncryptionConfiguration": {"Rules": [{"ApplyServerSideEncryptionByDefault": given}]}}


def _notification_of(account: ExaminedState, name: str, _: Shape) -> Shape:
    return account.notifications.get(name, {})


_BUCKET_PARTS: dict[str, Callable[[ExaminedState, str, Shape], Shape]] = {
    "GetBucketLocation": lambda _, __, bucket: {"LocationConstraint": bucket["LocationConstraint"]},
    "GetBucketPolicy": _policy_of,
    "GetBucketOwnershipControls": _ownership_of,
    "GetPublicAccessBlock": _public_of,
    "GetBucketEncryption": _encryption_of,
    "GetBucketLifecycleConfiguration": lambda _, __, bucket: {"Rules": bucket["Rules"]},
    "GetBucketNotificationConfiguration": _notification_of,
}
