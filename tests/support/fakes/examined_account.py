"""An account with a deployment in which all is well, in the forms of AWS's API; tests break one thing of it."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from copy import deepcopy
from datetime import datetime, timezone
from typing import Any

from loglake.core.schema.datasets import load_datasets
from loglake_cli.deploy.stacks import STACKS
from loglake_cli.local.iam.policies import Role, read_policy
from loglake_cli.local.iam.simulator import simulated
from loglake_cli.operations.doctor.expected import Expected, expected_resources
from loglake_cli.operations.doctor.names import Names
from support.fakes.answering_clients import AnsweringClients, Refused

ACCOUNT, REGION = "123456789012", "eu-central-1"
NAMES = Names("lake", ACCOUNT, REGION, "aws")
BUCKETS = NAMES.buckets
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
NOW = datetime(2026, 11, 26, 12, tzinfo=timezone.utc)
ROLES = ("ExportRole", "ConvertRole", "CrawlerRole", "EventsRole", "SchedulerRole")
Shape = dict[str, Any]


def role_arn(logical_id: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:role/{role_name(logical_id)}"


def role_name(logical_id: str) -> str:
    return f"lake-access-{logical_id}-1A2B3C4D5E6F"


class ExaminedAccount:
    """What is deployed, as dictionaries that a test changes.

    With `whole` the deployment has all that a parameter may add: a KMS key, a connection, and grants of Lake Formation.
    """

    def __init__(self, *, whole: bool = False) -> None:
        added = {"KmsKeyArn": KEY, "GlueConnectionName": "private"} if whole else {}
        expected = deepcopy(expected_resources(NAMES, {**added, "LakeFormation": "on"}))
        self.key, self.connection = added.get("KmsKeyArn", ""), added.get("GlueConnectionName", "")
        self.denied: set[str] = set()
        self.stacks: dict[str, Shape] = {stack.stack_name("lake"): _stack() for stack in STACKS}
        self.drifts: dict[str, list[Shape]] = {}
        self.drift_status = "DETECTION_COMPLETE"
        self._set_glue(expected)
        self._set_events(expected)
        self._set_stores(expected)
        self._set_logs()
        self._set_access(expected, leaves_to_iam=not whole)
        self._set_network()
        self.quotas = {"Max concurrent job runs per account": 50.0, "Max task DPUs per account": 300.0}
        self.clients = AnsweringClients(self._answers(), REGION)
        self.client = self.clients

    def _set_glue(self, expected: Expected) -> None:
        arguments = {"--datasets_uri": f"s3://{BUCKETS['control']}/config/datasets.json", "--crawl_follows": "off"}
        export, convert = expected.properties("ExportLogs"), expected.properties("ConvertLogs")
        connections = {"Connections": {"Connections": [self.connection]}} if self.connection else {}
        self.jobs: dict[str, Shape] = {
            export["Name"]: {
                "Name": export["Name"],
                "Role": role_arn("ExportRole"),
                "Command": dict(export["Command"]),
                "GlueVersion": export["GlueVersion"],
                "MaxCapacity": 0.0625,
                "Timeout": 60,
                "MaxRetries": 0,
                "JobRunQueuingEnabled": True,
                "ExecutionProperty": {"MaxConcurrentRuns": 1},
                "DefaultArguments": arguments,
                **connections,
            },
            convert["Name"]: {
                "Name": convert["Name"],
                "Role": role_arn("ConvertRole"),
                "Command": dict(convert["Command"]),
                "GlueVersion": "6.0",
                "WorkerType": "G.1X",
                "NumberOfWorkers": 10,
                "ExecutionClass": "STANDARD",
                "Timeout": 60,
                "MaxRetries": 0,
                "JobRunQueuingEnabled": True,
                "ExecutionProperty": {"MaxConcurrentRuns": 2},
                "DefaultArguments": arguments,
                **connections,
            },
        }
        self.runs: dict[str, list[Shape]] = {name: [_run(name)] for name in self.jobs}
        crawler = expected.properties("CrawlLake")
        self.crawlers = {
            crawler["Name"]: {
                "Name": crawler["Name"],
                "Role": role_arn("CrawlerRole"),
                "State": "READY",
                "LastCrawl": {"Status": "SUCCEEDED", "LogGroup": "/aws-glue/crawlers", "LogStream": crawler["Name"]},
                **{key: crawler[key] for key in _CRAWLER_KEYS},
            }
        }
        self.workflows: dict[str, Shape] = {
            each.properties["Name"]: {} for each in expected.of_type("AWS::Glue::Workflow")
        }
        self.triggers: dict[str, Shape] = {
            each.properties["Name"]: _trigger(each.properties) for each in expected.of_type("AWS::Glue::Trigger")
        }
        self.databases = {NAMES.database: {"Name": NAMES.database}}
        self.tables: dict[str, Shape] = {name: table(name) for name in ("app_shop", "aws_lambda")}
        self.partitions = dict.fromkeys(self.tables, 40)

    def _set_events(self, expected: Expected) -> None:
        self.notifications: dict[str, Shape] = {
            BUCKETS[use]: {"EventBridgeConfiguration": {}} for use in ("control", "raw")
        }
        self.rules: dict[str, Shape] = {}
        self.targets: dict[str, list[Shape]] = {}
        for rule in expected.of_type("AWS::Events::Rule"):
            name = rule.properties["Name"]
            pattern = json.dumps(rule.properties["EventPattern"])
            self.rules[name] = {"Name": name, "State": "ENABLED", "EventPattern": pattern}
            given = [{**target, "RoleArn": role_arn("EventsRole")} for target in rule.properties["Targets"]]
            self.targets[name] = [
                {key: target[key] for key in ("Id", "Arn", "RoleArn", "DeadLetterConfig")} for target in given
            ]
        schedule = expected.properties("ExportSchedule")
        self.schedules: dict[str, Shape] = {
            schedule["Name"]: {
                "Name": schedule["Name"],
                "State": "DISABLED",
                "ScheduleExpression": schedule["ScheduleExpression"],
                "Target": {
                    "Arn": schedule["Target"]["Arn"],
                    "RoleArn": role_arn("SchedulerRole"),
                    "Input": schedule["Target"]["Input"],
                },
            }
        }
        policy = json.dumps(expected.properties("EventDeadLettersPolicy")["PolicyDocument"])
        self.queues = {
            NAMES.named("event-dead-letters"): {"ApproximateNumberOfMessages": "0", "Policy": policy},
            NAMES.named("schedule-dead-letters"): {"ApproximateNumberOfMessages": "0"},
        }

    def _set_stores(self, expected: Expected) -> None:
        policies = {"control": "ControlPolicy", "raw": "RawPolicy", "lake": "LakePolicy"}
        self.buckets: dict[str, Shape] = {
            bucket: {
                "LocationConstraint": REGION,
                "Policy": expected.properties(policies[use])["PolicyDocument"],
                "Ownership": "BucketOwnerEnforced",
                "Key": self.key,
                "Public": dict.fromkeys(_BLOCK, True),
                "Rules": _lifecycle(expected.properties(use.capitalize())),
            }
            for use, bucket in BUCKETS.items()
        }
        self.ledger: Shape = {
            "TableName": NAMES.named("ledger"),
            "TableStatus": "ACTIVE",
            "GlobalSecondaryIndexes": [{"IndexName": "pending"}],
        }
        self.recovery = "ENABLED"

    def _set_logs(self) -> None:
        self.groups: dict[str, Shape] = {
            name: {"logGroupName": name, "retentionInDays": days, "logGroupClass": "STANDARD"}
            for name, days in {
                "/app/shop": 30,
                "/aws/lambda/pay": 30,
                "/live/orders": 30,
                "/other": 30,
                "/aws-glue/jobs/output": 90,
            }.items()
        }
        self.datasets: list[Shape] = [
            {"log_groups": ["/app/shop"], "table": "app_shop"},
            {"log_groups": ["/aws/lambda/*"], "table": "aws_lambda"},
            {"log_groups": ["/live/*"], "table": "live", "ingest": "landing"},
        ]
        stream = f"arn:aws:firehose:{REGION}:{ACCOUNT}:deliverystream/lake-logs"
        self.subscription = {"filterName": "loglake", "destinationArn": stream}
        self.filters: dict[str, list[Shape]] = {"/live/orders": [self.subscription]}
        self.account_policies: list[Shape] = []
        self.tasks: list[Shape] = []

    def _set_access(self, expected: Expected, *, leaves_to_iam: bool) -> None:
        self.roles: dict[str, Shape] = {}
        for each in expected.of_type("AWS::IAM::Role"):
            policies = [
                statement for given in each.properties["Policies"] for statement in given["PolicyDocument"]["Statement"]
            ]
            added = [
                policy
                for policy in expected.of_type("AWS::IAM::Policy")
                if each.logical_id in policy.properties["Roles"]
            ]
            policies += [statement for given in added for statement in given.properties["PolicyDocument"]["Statement"]]
            trust = each.properties["AssumeRolePolicyDocument"]
            self.roles[role_name(each.logical_id)] = {"Statements": policies, "Trust": trust, "Boundary": None}
        self.keys: Shape = {"KeyState": "Enabled", "Policy": _key_policy()}
        everybody = {"DataLakePrincipalIdentifier": "IAM_ALLOWED_PRINCIPALS"}
        self.grants: list[Shape] = (
            [{"Principal": everybody, "Kind": "Database", "Permissions": ["ALL"]}]
            if leaves_to_iam
            else _grants(expected)
        )
        self.registered: list[str] = []

    def _set_network(self) -> None:
        self.routes: list[Shape] = [{"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local", "State": "active"}]
        self.endpoints: list[Shape] = [
            {"ServiceName": f"com.amazonaws.{REGION}.{name}", "VpcEndpointType": "Gateway", "RouteTableIds": ["rtb-1"]}
            for name in ("s3", "dynamodb")
        ]
        self.endpoints += [
            {"ServiceName": f"com.amazonaws.{REGION}.{name}", "VpcEndpointType": "Interface"}
            for name in ("logs", "glue", "monitoring", "kms")
        ]
        self.ingress: list[Shape] = [
            {"IpProtocol": "tcp", "FromPort": 0, "ToPort": 65535, "UserIdGroupPairs": [{"GroupId": "sg-1"}]}
        ]

    def role(self, logical_id: str) -> Shape:
        return self.roles[role_name(logical_id)]

    def statement(self, logical_id: str, sid: str) -> Shape:
        found: Shape = next(each for each in self.role(logical_id)["Statements"] if each["Sid"] == sid)
        return found

    def bucket_statements(self, use: str) -> list[Shape]:
        found: list[Shape] = self.buckets[BUCKETS[use]]["Policy"]["Statement"]
        return found

    # What the API answers.

    def _answers(self) -> dict[tuple[str, str], Callable[[Mapping[str, Any]], Mapping[str, Any]]]:
        answers: dict[tuple[str, str], Callable[[Mapping[str, Any]], Mapping[str, Any]]] = {
            ("sts", "GetCallerIdentity"): lambda _: {"Account": ACCOUNT, "Arn": f"arn:aws:iam::{ACCOUNT}:user/me"},
            ("cloudformation", "DescribeStacks"): self._describe_stacks,
            ("cloudformation", "DetectStackDrift"): lambda m: {"StackDriftDetectionId": m["StackName"]},
            ("cloudformation", "DescribeStackDriftDetectionStatus"): self._drift_status,
            ("cloudformation", "DescribeStackResourceDrifts"): lambda m: {
                "StackResourceDrifts": self.drifts[m["StackName"]]
            },
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
            ("logs", "DescribeExportTasks"): lambda m: {
                "exportTasks": [task for task in self.tasks if task["status"]["code"] == m["statusCode"]]
            },
            ("firehose", "DescribeDeliveryStream"): lambda _: {"DeliveryStreamDescription": _delivery_stream()},
            ("iam", "GetRole"): self._get_role,
            ("iam", "SimulatePrincipalPolicy"): self._simulate,
            ("kms", "DescribeKey"): lambda m: {"KeyMetadata": {"KeyId": m["KeyId"], "KeyState": self.keys["KeyState"]}},
            ("kms", "GetKeyPolicy"): lambda _: {"Policy": json.dumps(self.keys["Policy"])},
            ("lakeformation", "ListPermissions"): self._list_permissions,
            ("lakeformation", "ListResources"): lambda _: {
                "ResourceInfoList": [{"ResourceArn": arn} for arn in self.registered]
            },
            ("service-quotas", "ListServiceQuotas"): lambda _: {
                "Quotas": [{"QuotaName": name, "Value": value} for name, value in self.quotas.items()]
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

    def _drift_status(self, members: Mapping[str, Any]) -> Shape:
        name = members["StackDriftDetectionId"]
        status = {"StackDriftStatus": "DRIFTED" if self.drifts.get(name) else "IN_SYNC"}
        return {
            "StackId": name,
            "StackDriftDetectionId": name,
            "DetectionStatus": self.drift_status,
            "Timestamp": NOW,
            **(status if self.drift_status == "DETECTION_COMPLETE" else {}),
        }

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

    def _of_bucket(self, part: Callable[[ExaminedAccount, str, Shape], Shape]) -> Callable[[Mapping[str, Any]], Shape]:
        def answer(members: Mapping[str, Any]) -> Shape:
            bucket = members["Bucket"]
            return part(self, bucket, _named(self.buckets, bucket, "NoSuchBucket"))

        return answer


def table(name: str) -> Shape:
    """As a crawler makes it."""
    return {
        "Name": name,
        "DatabaseName": NAMES.database,
        "PartitionKeys": [{"Name": "dt", "Type": "string"}],
        "StorageDescriptor": {"Location": f"s3://{BUCKETS['lake']}/tables/{name}/"},
        "Parameters": {"classification": "parquet", "compressionType": "none", "UPDATED_BY_CRAWLER": "lake-crawl-lake"},
    }


_NO_QUEUE = "AWS.SimpleQueueService.NonExistentQueue"
_PLACE = {"SubnetId": "subnet-1", "SecurityGroupIdList": ["sg-1"], "AvailabilityZone": f"{REGION}a"}
_BLOCK = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
_CRAWLER_KEYS = ("DatabaseName", "Targets", "RecrawlPolicy", "SchemaChangePolicy", "Configuration")


def _named(found: Mapping[str, Any], name: str, code: str = "EntityNotFoundException") -> Any:
    if name not in found:
        raise Refused(code, f"{name} is not found")
    return found[name]


def _stack() -> Shape:
    return {"StackStatus": "CREATE_COMPLETE"}


def _run(job: str) -> Shape:
    return {"Id": "jr_1", "JobName": job, "JobRunState": "SUCCEEDED", "StartedOn": NOW, "CompletedOn": NOW}


def _trigger(properties: Mapping[str, Any]) -> Shape:
    """Glue names the state of a new one by its type."""
    state = "CREATED" if properties["Type"] == "EVENT" else "ACTIVATED"
    given = {
        key: properties[key] for key in ("Name", "Type", "WorkflowName", "Actions", "Predicate") if key in properties
    }
    return {**given, "State": state}


def _lifecycle(bucket: Mapping[str, Any]) -> list[Shape]:
    """The rules of the template, in the form of the API."""
    found: list[Shape] = []
    for rule in bucket["LifecycleConfiguration"]["Rules"]:
        given: Shape = {"ID": rule["Id"], "Status": rule["Status"], "Filter": {"Prefix": rule.get("Prefix", "")}}
        if "ExpirationInDays" in rule:
            given["Expiration"] = {"Days": rule["ExpirationInDays"]}
        if "AbortIncompleteMultipartUpload" in rule:
            given["AbortIncompleteMultipartUpload"] = rule["AbortIncompleteMultipartUpload"]
        found.append(given)
    return found


def _key_policy() -> Shape:
    root = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    logs = {"Service": f"logs.{REGION}.amazonaws.com"}
    return {
        "Version": "2012-10-17",
        "Statement": [
            {"Sid": "Root", "Effect": "Allow", "Principal": root, "Action": "kms:*", "Resource": "*"},
            {
                "Sid": "Logs",
                "Effect": "Allow",
                "Principal": logs,
                "Action": ["kms:GenerateDataKey", "kms:Decrypt"],
                "Resource": "*",
            },
        ],
    }


def _grants(expected: Expected) -> list[Shape]:
    found: list[Shape] = []
    for each in expected.of_type("AWS::LakeFormation::PrincipalPermissions"):
        role = each.properties["Principal"]["DataLakePrincipalIdentifier"].removeprefix("role:")
        (kind,) = each.properties["Resource"]
        principal = {"DataLakePrincipalIdentifier": role_arn(role)}
        found.append({"Principal": principal, "Kind": kind, "Permissions": list(each.properties["Permissions"])})
    return found


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


def _policy_of(_: ExaminedAccount, __: str, bucket: Shape) -> Shape:
    if not bucket["Policy"]:
        raise Refused("NoSuchBucketPolicy", "The bucket policy does not exist", 404)
    return {"Policy": json.dumps(bucket["Policy"])}


def _ownership_of(_: ExaminedAccount, __: str, bucket: Shape) -> Shape:
    if not bucket["Ownership"]:
        raise Refused("OwnershipControlsNotFoundError", "The bucket ownership controls were not found", 404)
    return {"OwnershipControls": {"Rules": [{"ObjectOwnership": bucket["Ownership"]}]}}


def _public_of(_: ExaminedAccount, __: str, bucket: Shape) -> Shape:
    if not bucket["Public"]:
        raise Refused("NoSuchPublicAccessBlockConfiguration", "not found", 404)
    return {"PublicAccessBlockConfiguration": bucket["Public"]}


def _encryption_of(_: ExaminedAccount, __: str, bucket: Shape) -> Shape:
    given = (
        {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": bucket["Key"]} if bucket["Key"] else {"SSEAlgorithm": "AES256"}
    )
    return {"ServerSideEncryptionConfiguration": {"Rules": [{"ApplyServerSideEncryptionByDefault": given}]}}


def _notification_of(account: ExaminedAccount, name: str, _: Shape) -> Shape:
    return account.notifications.get(name, {})


_BUCKET_PARTS: dict[str, Callable[[ExaminedAccount, str, Shape], Shape]] = {
    "GetBucketLocation": lambda _, __, bucket: {"LocationConstraint": bucket["LocationConstraint"]},
    "GetBucketPolicy": _policy_of,
    "GetBucketOwnershipControls": _ownership_of,
    "GetPublicAccessBlock": _public_of,
    "GetBucketEncryption": _encryption_of,
    "GetBucketLifecycleConfiguration": lambda _, __, bucket: {"Rules": bucket["Rules"]},
    "GetBucketNotificationConfiguration": _notification_of,
}
