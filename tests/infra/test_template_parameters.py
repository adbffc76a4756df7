"""The effect of parameters that are empty or off by default."""

from __future__ import annotations

from typing import Any

import pytest
from support.deployments.templates import Stack, deployed_stacks

from athena_duckdb.errors import ConfigError
from loglake_cli.deploy.stacks import STACKS

pytestmark = pytest.mark.infra

STORAGE, ACCESS, LAKE = (stack.path.stem for stack in STACKS[:3])
KEY = "arn:aws:kms:eu-west-1:123456789012:key/1"
BOUNDARY = "arn:aws:iam::123456789012:policy/boundary"


@pytest.fixture(scope="module")
def plain() -> dict[str, Stack]:
    return deployed_stacks()


def changed(plain: dict[str, Stack], stack: str, **given: str) -> dict[str, Any]:
    """The resources of a stack that a parameter adds or changes: their properties, by logical id."""
    after = deployed_stacks(**given)[stack].resources
    before = plain[stack].resources
    assert set(before) <= set(after), "a parameter takes nothing away"
    return {name: item["Properties"] for name, item in after.items() if before.get(name) != item}


def granted(policy: Any) -> set[str]:
    return {
        action
        for statement in policy["PolicyDocument"]["Statement"]
        for action in ([statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"])
    }


def test_a_key_encrypts_all_that_holds_something(plain: dict[str, Stack]) -> None:
    found = changed(plain, STORAGE, KmsKeyArn=KEY)
    assert found.pop("Ledger")["SSESpecification"] == {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": KEY}
    queues = changed(plain, "events", KmsKeyArn=KEY)
    assert {name: (queue["KmsMasterKeyId"], queue["SqsManagedSseEnabled"]) for name, queue in queues.items()} == {
        "EventDeadLetters": (KEY, False),
        "ScheduleDeadLetters": (KEY, False),
    }
    logs = changed(plain, LAKE, KmsKeyArn=KEY)
    for queue in (logs.pop("LandedObjects"), logs.pop("LandedDeadLetters")):
        assert (queue["KmsMasterKeyId"], queue["SqsManagedSseEnabled"]) == (KEY, False)
    assert {name: group["KmsKeyId"] for name, group in logs.items()} == {"ConvertOutput": KEY, "ConvertErrors": KEY}
    assert set(found) == {"Control", "Raw", "Lake"}
    for bucket in found.values():
        (rule,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        assert rule == {
            "ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": KEY},
            "BucketKeyEnabled": True,
        }


def test_a_key_is_used_by_whoever_reads_or_writes_a_bucket(plain: dict[str, Stack]) -> None:
    found = changed(plain, ACCESS, KmsKeyArn=KEY)
    assert {role: granted(policy) for policy in found.values() for role in policy["Roles"]} == {
        "ExportRole": {"kms:Decrypt", "kms:GenerateDataKey"},
        "ConvertRole": {"kms:Decrypt", "kms:GenerateDataKey"},
        "LookRole": {"kms:Decrypt", "kms:GenerateDataKey"},
        "CrawlerRole": {"kms:Decrypt"},
        "SchedulerRole": {"kms:Decrypt", "kms:GenerateDataKey"},
    }
    resources = {statement["Resource"] for one in found.values() for statement in one["PolicyDocument"]["Statement"]}
    assert resources == {KEY}


@pytest.mark.parametrize(
    ("parameter", "arn", "action"),
    [
        (
            "RedactSecretArn",
            "arn:aws:secretsmanager:eu-west-1:123456789012:secret:x-??????",
            "secretsmanager:GetSecretValue",
        ),
        ("RedactParameterArn", "arn:aws:ssm:eu-west-1:123456789012:parameter/x", "ssm:GetParameter"),
    ],
)
def test_only_convert_logs_may_read_the_key_of_hashes_and_only_this_one(
    plain: dict[str, Stack], parameter: str, arn: str, action: str
) -> None:
    (policy,) = changed(plain, ACCESS, **{parameter: arn}).values()
    assert policy["Roles"] == ["ConvertRole"]
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert (statement["Action"], statement["Resource"]) == (action, arn)
    assert changed(plain, LAKE, **{parameter: arn}) == {}


def test_buckets_may_keep_versions_and_have_access_logs(plain: dict[str, Stack]) -> None:
    found = changed(plain, STORAGE, BucketVersionDays="30", AccessLogBucket="our-access-logs")
    assert set(found) == {"Control", "Raw", "Lake"}
    for name, bucket in found.items():
        assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
        rules = {rule["Id"]: rule for rule in bucket["LifecycleConfiguration"]["Rules"]}
        assert rules["older-versions"]["NoncurrentVersionExpiration"] == {"NoncurrentDays": "30"}
        to = {"DestinationBucketName": "our-access-logs", "LogFilePrefix": f"loglake-{name.lower()}/"}
        assert bucket["LoggingConfiguration"] == to


def test_the_ledger_is_protected_unless_that_is_turned_off(plain: dict[str, Stack]) -> None:
    protected = plain[STORAGE].resources["Ledger"]["Properties"]["DeletionProtectionEnabled"]
    (ledger,) = changed(plain, STORAGE, LedgerDeletionProtection="off").values()
    assert (protected, ledger["DeletionProtectionEnabled"]) == (True, False)


def test_a_connection_is_the_jobs_and_their_roles_may_use_it(plain: dict[str, Stack]) -> None:
    jobs = changed(plain, LAKE, GlueConnectionName="private")
    assert {name: job["Connections"] for name, job in jobs.items()} == {
        "ExportLogs": {"Connections": ["private"]},
        "ConvertLogs": {"Connections": ["private"]},
        "LookLanding": {"Connections": ["private"]},
    }
    (policy,) = changed(plain, ACCESS, GlueConnectionName="private").values()
    assert policy["Roles"] == ["ExportRole", "ConvertRole", "LookRole"]
    assert {"glue:GetConnection", "ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface"} <= granted(policy)
    connection = "arn:aws:glue:eu-west-1:123456789012:connection/private"
    assert connection in policy["PolicyDocument"]["Statement"][0]["Resource"]


def test_a_security_configuration_is_for_jobs_and_crawler(plain: dict[str, Stack]) -> None:
    found = changed(plain, LAKE, SecurityConfiguration="encrypted")
    groups = {found.pop(f"EncryptedConvert{name}")["LogGroupName"] for name in ("Output", "Errors")}
    named = "/aws-glue/loglake-convert-logs/encrypted-role/ConvertRole"  # as Glue names them
    assert groups == {f"{named}/output", f"{named}/error"}
    assert set(found) == {"ExportLogs", "LookLanding", "ConvertLogs", "CrawlLake"}
    jobs = ("ExportLogs", "LookLanding", "ConvertLogs")
    assert {found[name]["SecurityConfiguration"] for name in jobs} == {"encrypted"}
    assert found["CrawlLake"]["CrawlerSecurityConfiguration"] == "encrypted"
    (policy,) = changed(plain, ACCESS, SecurityConfiguration="encrypted").values()
    assert policy["Roles"] == ["ExportRole", "ConvertRole", "LookRole", "CrawlerRole"]
    assert granted(policy) == {"glue:GetSecurityConfiguration", "logs:AssociateKmsKey"}


def test_the_spark_job_logs_into_groups_that_its_stack_owns() -> None:
    stack = deployed_stacks(JobLogDays="30")[LAKE]
    prefix = stack.of_type("AWS::Glue::Job")["ConvertLogs"]["DefaultArguments"]["--custom-logGroup-prefix"]
    groups = stack.of_type("AWS::Logs::LogGroup").values()
    assert {group["LogGroupName"]: group["RetentionInDays"] for group in groups} == {
        f"{prefix}/output": "30",
        f"{prefix}/error": "30",
    }
    assert stack.outputs["ConvertLogGroups"] == f"{prefix}/output,{prefix}/error"


def test_a_boundary_is_every_roles(plain: dict[str, Stack]) -> None:
    found = changed(plain, ACCESS, PermissionsBoundaryArn=BOUNDARY)
    assert set(found) == set(plain[ACCESS].of_type("AWS::IAM::Role"))
    assert {role["PermissionsBoundary"] for role in found.values()} == {BOUNDARY}


def test_lake_formation_grants_what_crawler_and_jobs_do(plain: dict[str, Stack]) -> None:
    roles = {"CrawlerRoleArn": "crawler", "ConvertRoleArn": "convert", "ExportRoleArn": "export"}
    found = changed(plain, LAKE, LakeFormation="on", **roles)
    grants = {
        (grant["Principal"]["DataLakePrincipalIdentifier"], *grant["Resource"]): (
            next(iter(grant["Resource"].values())),
            set(grant["Permissions"]),
        )
        for grant in found.values()
        if "Principal" in grant
    }
    database = {"CatalogId": "123456789012", "Name": "loglake"}
    tables = {"CatalogId": "123456789012", "DatabaseName": "loglake", "TableWildcard": {}}
    assert grants == {
        ("crawler", "Database"): (database, {"ALTER", "CREATE_TABLE", "DESCRIBE"}),
        ("crawler", "Table"): (tables, {"ALTER", "DESCRIBE", "INSERT"}),
        **{(job, "Database"): (database, {"DESCRIBE"}) for job in ("convert", "export")},
        **{(job, "Table"): (tables, {"ALTER", "DESCRIBE", "INSERT"}) for job in ("convert", "export")},
    }


@pytest.mark.parametrize(
    ("parameter", "value"),
    [("KmsKeyArn", "alias/x"), ("PermissionsBoundaryArn", "boundary"), ("LakeFormation", "yes")],
)
def test_a_value_of_another_kind_is_refused(parameter: str, value: str) -> None:
    with pytest.raises(ConfigError, match=parameter):
        deployed_stacks(**{parameter: value})
