"""The deployed state of a healthy account, as dictionaries in the forms of AWS's API."""

from __future__ import annotations

import json
from collections.abc import Mapping
from copy import deepcopy
from datetime import datetime, timezone
from typing import Any

from loglake_cli.deploy.stacks import STACKS
from loglake_cli.operations.doctor.checks.keys import key_statements
from loglake_cli.operations.doctor.expected import Expected, Names, expected_resources

ACCOUNT, REGION = "123456789012", "eu-central-1"
NAMES = Names(ACCOUNT, REGION, "aws", "", "lake")
BUCKETS = NAMES.buckets
CATALOG_KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/of-the-catalog"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
NOW = datetime(2026, 11, 26, 12, tzinfo=timezone.utc)
CONVERT_LOGS = f"/aws-glue/{NAMES.named('convert-logs')}/output"
ROLES = ("ExportRole", "LookRole", "ConvertRole", "CrawlerRole", "EventsRole", "SchedulerRole")
Shape = dict[str, Any]


def role_arn(logical_id: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:role/{role_name(logical_id)}"


def role_name(logical_id: str) -> str:
    return f"lake-access-{logical_id}-1A2B3C4D5E6F"


class ExaminedState:
    """The deployed state, as dictionaries that a test changes.

    With `whole` the deployment has everything that parameters may add: a KMS key, a connection, Lake Formation grants.
    """

    def __init__(self, *, whole: bool = False) -> None:
        added = {"KmsKeyArn": KEY, "CatalogKmsKeyArn": CATALOG_KEY, "GlueConnectionName": "private"} if whole else {}
        expected = deepcopy(expected_resources(NAMES, {**added, "LakeFormation": "on"}))
        self.key, self.connection = added.get("KmsKeyArn", ""), added.get("GlueConnectionName", "")
        self.denied: set[str] = set()
        self.stacks: dict[str, Shape] = {stack.stack_name("lake"): _stack() for stack in STACKS}
        delivering = "VpcFlow,CloudTrail" if whole else ""
        self.stacks["lake-storage"]["Parameters"] = [{"ParameterKey": "DirectDelivery", "ParameterValue": delivering}]
        self._set_glue(expected)
        self._set_events(expected)
        self._set_stores(expected)
        self._set_logs()
        self._set_access(expected, leaves_to_iam=not whole)
        self._set_network()

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
            NAMES.named("look-landing"): {
                "Name": NAMES.named("look-landing"),
                "Role": role_arn("LookRole"),
                "Command": dict(expected.properties("LookLanding")["Command"]),
                "MaxCapacity": 0.0625,
                "MaxRetries": 0,
                "JobRunQueuingEnabled": True,
                "ExecutionProperty": {"MaxConcurrentRuns": 1},
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
        self.schedules: dict[str, Shape] = {
            schedule.properties["Name"]: {
                "Name": schedule.properties["Name"],
                "State": "DISABLED",
                "ScheduleExpression": schedule.properties["ScheduleExpression"],
                "Target": {
                    "Arn": schedule.properties["Target"]["Arn"],
                    "RoleArn": role_arn("SchedulerRole"),
                    "Input": schedule.properties["Target"]["Input"],
                },
            }
            for schedule in expected.of_type("AWS::Scheduler::Schedule")
        }
        policy, landed = (
            json.dumps(expected.properties(name)["PolicyDocument"])
            for name in ("EventDeadLettersPolicy", "LandedObjectsPolicy")
        )
        self.queues = {
            NAMES.named("event-dead-letters"): {"ApproximateNumberOfMessages": "0", "Policy": policy},
            NAMES.named("landed-objects"): {"ApproximateNumberOfMessages": "7", "Policy": landed},
            NAMES.named("landed-dead-letters"): {"ApproximateNumberOfMessages": "0"},
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
                CONVERT_LOGS: 90,
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

    def _set_access(self, expected: Expected, *, leaves_to_iam: bool) -> None:
        self.roles: dict[str, Shape] = {}
        for each in expected.of_type("AWS::IAM::Role"):
            policies = [
                statement
                for given in each.properties.get("Policies", [])
                for statement in given["PolicyDocument"]["Statement"]
            ]
            added = [
                policy
                for policy in expected.of_type("AWS::IAM::Policy")
                if each.logical_id in policy.properties["Roles"]
            ]
            policies += [statement for given in added for statement in given.properties["PolicyDocument"]["Statement"]]
            trust = each.properties["AssumeRolePolicyDocument"]
            self.roles[role_name(each.logical_id)] = {"Statements": policies, "Trust": trust, "Boundary": None}
        self.keys: Shape = {"Policy": _key_policy()}
        self.catalog_key_policy = _key_policy()
        self.key_state: Shape = {"KeyState": "Enabled"}
        mode = "SSE-KMS" if self.key else "DISABLED"
        self.catalog_encryption: Shape = {"CatalogEncryptionMode": mode, "SseAwsKmsKeyId": CATALOG_KEY}
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
            for name in ("logs", "glue", "monitoring", "sqs", "kms")
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


def table(name: str) -> Shape:
    """A table as a crawler makes it."""
    return {
        "Name": name,
        "DatabaseName": NAMES.database,
        "PartitionKeys": [{"Name": "dt", "Type": "string"}],
        "StorageDescriptor": {"Location": f"s3://{BUCKETS['lake']}/tables/{name}/"},
        "Parameters": {"classification": "parquet", "compressionType": "none", "UPDATED_BY_CRAWLER": "lake-crawl-lake"},
    }


_BLOCK = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
_CRAWLER_KEYS = ("DatabaseName", "Targets", "RecrawlPolicy", "SchemaChangePolicy", "Configuration")


def _stack() -> Shape:
    return {"StackStatus": "CREATE_COMPLETE"}


def _run(job: str) -> Shape:
    return {"Id": "jr_1", "JobName": job, "JobRunState": "SUCCEEDED", "StartedOn": NOW, "CompletedOn": NOW}


def _trigger(properties: Mapping[str, Any]) -> Shape:
    """A trigger; its initial state depends on its type, as in Glue."""
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
    return {
        "Version": "2012-10-17",
        "Statement": [
            {"Sid": "Root", "Effect": "Allow", "Principal": root, "Action": "kms:*", "Resource": "*"},
            *key_statements(NAMES, ["VpcFlow", "CloudTrail"]),
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
