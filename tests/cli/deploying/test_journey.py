"""Runs the commands of docs/aws/first-deployment.md in order, in an embedded AWS without any stack."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from support.deployments.operated import loglake
from support.gluelocal.ambient import point_at

from loglake.aws.system_clock import SystemClock
from loglake.core.schema.datasets import Datasets
from loglake.core.units import LogGroupName
from loglake_cli.cli.deploying import deploy, destroy
from loglake_cli.deploy.packaged_files import PackagedFile
from loglake_cli.deploy.packaging import Package
from loglake_cli.local.stack import LocalStack, StackSettings
from loglake_cli.operations.deploying import deploy as deploying

pytestmark = pytest.mark.local

NAMES = ["storage", "access", "log-lake", "events", "query", "monitoring"]
SHOP = LogGroupName("/app/shop")


class Hurried(SystemClock):
    """Makes all waits short."""

    def sleep(self, seconds: float) -> None:
        super().sleep(min(seconds, 0.3))


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    settings = StackSettings(tmp_path_factory.mktemp("logs"), empty=True)
    with LocalStack(Datasets.for_groups([SHOP]), settings, SystemClock()) as made:
        yield made


@pytest.fixture
def run(
    stack: LocalStack, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, package: Package
) -> Callable[..., dict[str, Any]]:
    """Runs a command with --json, and returns its document."""
    point_at(stack.aws, monkeypatch)
    for module in (deploy, destroy):
        monkeypatch.setattr(module, "SystemClock", Hurried)
    monkeypatch.setattr(deploying, "build_package", lambda _: package)
    monkeypatch.chdir(tmp_path)

    def command(verb: str, *arguments: str, status: int = 0) -> dict[str, Any]:
        lake = () if verb in ("init", "deploy") else ("--lake", "aws:loglake")
        done = loglake(verb, *arguments, *lake, "--json")
        assert done.exit_code == status, done.output
        document: dict[str, Any] = json.loads(done.stdout)
        return document

    return command


def outcomes(document: dict[str, Any]) -> dict[str, str]:
    return {each["name"]: each["outcome"] for each in document["result"]["stacks"] if each["outcome"] != "unchanged"}


def wrong(document: dict[str, Any]) -> set[str]:
    """The checks of doctor that find a problem."""
    return {each["check"] for each in document["findings"] if each["result"] == "problem"}


def raw_bucket(stack: LocalStack) -> str:
    names = [str(each["Name"]) for each in stack.client("s3").list_buckets()["Buckets"]]
    return next(name for name in names if name.startswith("loglake-raw-"))


def policy_of(stack: LocalStack) -> Any:
    return json.loads(stack.client("s3").get_bucket_policy(Bucket=raw_bucket(stack))["Policy"])


def add_statement(stack: LocalStack) -> Any:
    """Adds to the policy of the raw bucket what AWS adds when somebody delivers flow logs there; returns the policy."""
    bucket, document = raw_bucket(stack), policy_of(stack)
    document["Statement"].append(
        {
            "Sid": "AWSLogDeliveryWrite1",
            "Effect": "Allow",
            "Principal": {"Service": "delivery.logs.amazonaws.com"},
            "Action": "s3:PutObject",
            "Resource": f"arn:aws:s3:::{bucket}/flow/*",
            "Condition": {"StringEquals": {"aws:SourceAccount": "123456789012"}},
        }
    )
    stack.client("s3").put_bucket_policy(Bucket=bucket, Policy=json.dumps(document))
    return document


def test_deploy_change_break_fix_upgrade_roll_back_destroy(
    stack: LocalStack, run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, package: Package
) -> None:
    logs, events, glue = (stack.client(name) for name in ("logs", "events", "glue"))
    logs.create_log_group(logGroupName=SHOP)
    run("init")
    settings = Path("loglake.yaml")
    written = settings.read_text()

    assert [each["action"] for each in run("deploy", "--dry-run")["plan"]["stacks"]] == ["create"] * 6
    found = run("deploy", "--yes", "--checks", "doctor")
    assert outcomes(found) == dict.fromkeys(NAMES, "created")
    assert [each for each in found["result"]["findings"] if each["result"] == "problem"] == []
    assert run("deploy", "--yes")["plan"]["changes_nothing"] is True
    policy = add_statement(stack)
    drifted = run("deploy", "--yes", "--checks", "none")["plan"]
    assert (drifted["changes_nothing"], drifted["stacks"][0]["drift"][0]["logical_id"]) == (True, "RawPolicy")

    settings.write_text(written.replace("# LagMinutes: 30", "LagMinutes: 60"))
    Path("datasets.yaml").write_text("datasets: [{log_groups: [/app/shop], transform: 'shop_own:clean'}]")
    Path("shop_own.py").write_text("def clean(batch):\n    return batch\n")
    assert outcomes(run("deploy", "--yes", "--checks", "none")) == {"log-lake": "changed"}
    assert glue.get_job(JobName="loglake-export-logs")["Job"]["DefaultArguments"]["--lag_minutes"] == "60"
    code = glue.get_job(JobName="loglake-convert-logs")["Job"]["DefaultArguments"]["--extra-py-files"]
    bucket, _, key = code.removeprefix("s3://").partition("/")
    with ZipFile(io.BytesIO(stack.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read())) as packages:
        assert packages.namelist() == ["shop_own.py"]

    events.remove_targets(Rule="loglake-request-object", Ids=["export-workflow"])
    events.delete_rule(Name="loglake-request-object")
    assert "event-rules" in wrong(run("doctor", status=1))
    kept = run("deploy", "--dry-run")["plan"]
    assert kept["changes_nothing"] is True
    assert "RequestObject" in {each["logical_id"] for stack in kept["stacks"] for each in stack["drift"]}
    planned = run("deploy", "--dry-run", "--revert-drift")["plan"]["stacks"]
    assert {each["name"] for each in planned if each["changes"]} == {"storage", "events"}
    assert outcomes(run("deploy", "--yes", "--revert-drift", "--checks", "none")) == {
        "storage": "changed",
        "events": "changed",
    }
    assert events.describe_rule(Name="loglake-request-object")["State"] == "ENABLED"
    assert wrong(run("doctor")) == set()
    assert policy_of(stack) != policy

    policy = add_statement(stack)
    settings.write_text(settings.read_text().replace('# DirectDelivery: ""', "DirectDelivery: VpcFlow"))
    refused = run("deploy", "--yes", "--checks", "none", status=3)
    assert "RawPolicy was changed without CloudFormation" in refused["result"]["reason"]
    settings.write_text(settings.read_text().replace("DirectDelivery: VpcFlow", '# DirectDelivery: ""'))

    before = glue.get_job(JobName="loglake-export-logs")["Job"]["Command"]["ScriptLocation"]
    newer = replace(package, export_script=PackagedFile("export_logs.py", package.export_script.content + b"\n"))
    monkeypatch.setattr(deploying, "build_package", lambda _: newer)
    assert outcomes(run("deploy", "--yes", "--checks", "none")) == {"log-lake": "changed"}
    assert glue.get_job(JobName="loglake-export-logs")["Job"]["Command"]["ScriptLocation"] != before
    monkeypatch.setattr(deploying, "build_package", lambda _: package)
    back = run("deploy", "--yes", "--checks", "none", "--enable-schedule")
    assert (outcomes(back), back["plan"]["uploads"]) == (
        dict.fromkeys(("log-lake", "events", "monitoring"), "changed"),
        [],
    )
    assert glue.get_job(JobName="loglake-export-logs")["Job"]["Command"]["ScriptLocation"] == before

    assert run("destroy", "--confirm", "loglake")["status"] == "destroyed"
    names = {bucket["Name"] for bucket in stack.client("s3").list_buckets()["Buckets"]}
    assert {name.split("-")[1] for name in names if name.startswith("loglake-")} == {
        "control",
        "raw",
        "lake",
        "results",
    }
    assert policy_of(stack) == policy
    again = run("deploy", "--yes", "--checks", "none")
    imported = {each["logical_id"] for each in again["plan"]["stacks"][0]["changes"] if each["effect"] == "imported"}
    assert imported == {"Control", "Raw", "Lake", "Ledger", "ControlPolicy", "RawPolicy", "LakePolicy"}
    assert policy_of(stack) == policy
    assert outcomes(again) == dict.fromkeys(NAMES, "created")
    stacks = stack.client("cloudformation").describe_stacks()["Stacks"]
    assert [each["Tags"] for each in stacks] == [[{"Key": "loglake", "Value": "loglake"}]] * len(NAMES)
    assert run("destroy", "--delete-data", "--confirm", "loglake")["status"] == "destroyed"
    assert stack.client("cloudformation").describe_stacks()["Stacks"] == []
    assert stack.client("dynamodb").list_tables()["TableNames"] == []


def things_of_others(stack: LocalStack) -> dict[str, Any]:
    """All that an account has beside the deployment of the prefix loglake, by service and name."""
    s3, logs, iam, events = (stack.client(name) for name in ("s3", "logs", "iam", "events"))
    others = [bucket["Name"] for bucket in s3.list_buckets()["Buckets"] if not bucket["Name"].startswith("loglake-")]
    found: dict[str, Any] = {
        "log groups": logs.describe_log_groups()["logGroups"],
        "log resource policies": logs.describe_resource_policies()["resourcePolicies"],
        "subscriptions": logs.describe_subscription_filters(logGroupName="/app/other")["subscriptionFilters"],
        "policies of buckets": {name: s3.get_bucket_policy(Bucket=name)["Policy"] for name in others},
        "rules of buckets": {name: s3.get_bucket_lifecycle_configuration(Bucket=name)["Rules"] for name in others},
        "objects": {name: s3.list_objects_v2(Bucket=name)["KeyCount"] for name in others},
        "policies": iam.list_policies(Scope="Local")["Policies"],
        "roles": [each for each in iam.list_roles()["Roles"] if not each["RoleName"].startswith("loglake-")],
        "rules": [each for each in events.list_rules()["Rules"] if not each["Name"].startswith("loglake-")],
        "databases": [each["Name"] for each in stack.client("glue").get_databases()["DatabaseList"]],
        "encryption of the catalog": stack.client("glue").get_data_catalog_encryption_settings()[
            "DataCatalogEncryptionSettings"
        ],
        "jobs": [name for name in stack.client("glue").list_jobs()["JobNames"] if not name.startswith("loglake-")],
    }
    found["log groups"] = [each for each in found["log groups"] if "/loglake-" not in each["logGroupName"]]
    found["databases"] = [name for name in found["databases"] if name != "loglake"]
    return found


OTHERS = {"/aws-glue/jobs/output": 0, "/aws-glue/python-jobs/output": 0, "/aws-glue/crawlers": 400, "/app/other": 0}


def test_nothing_that_loglake_did_not_make_is_changed_but_for_what_the_plan_named(
    stack: LocalStack, run: Callable[..., Any]
) -> None:
    """An account with other teams' log groups, bucket, policies, role, rule, database and job."""
    s3, logs, iam, glue = (stack.client(name) for name in ("s3", "logs", "iam", "glue"))
    for name, days in OTHERS.items():
        logs.create_log_group(logGroupName=name)
        if days:
            logs.put_retention_policy(logGroupName=name, retentionInDays=days)
    s3.create_bucket(Bucket="other-team")
    s3.put_object(Bucket="other-team", Key="a", Body=b"1")
    rule = {"ID": "old", "Status": "Enabled", "Filter": {"Prefix": "x/"}, "Expiration": {"Days": 9}}
    s3.put_bucket_lifecycle_configuration(Bucket="other-team", LifecycleConfiguration={"Rules": [rule]})
    reads = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::other-team/*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [reads]})
    s3.put_bucket_policy(Bucket="other-team", Policy=document)
    iam.create_policy(PolicyName="other", PolicyDocument=document)
    iam.create_role(RoleName="other", AssumeRolePolicyDocument=document)
    stack.client("events").put_rule(Name="other", ScheduleExpression="rate(1 day)")
    glue.create_database(DatabaseInput={"Name": "other"})
    at_rest = {"CatalogEncryptionMode": "SSE-KMS", "SseAwsKmsKeyId": "arn:aws:kms:us-east-1:123456789012:key/other"}
    glue.put_data_catalog_encryption_settings(DataCatalogEncryptionSettings={"EncryptionAtRest": at_rest})
    command = {"Name": "pythonshell", "ScriptLocation": "s3://other-team/a.py", "PythonVersion": "3.9"}
    glue.create_job(Name="other", Role="other", Command=command)
    before = things_of_others(stack)
    assert {each["logGroupName"] for each in before["log groups"]} >= set(OTHERS)

    found = run("deploy", "--yes", "--checks", "none")
    left = [{"name": f"/aws-glue/python-jobs/{name}", "days": None} for name in ("error", "output")]
    assert found["plan"]["shared_log_groups"] == left  # proposed, and not done
    policy = add_statement(stack)
    run("destroy", "--confirm", "loglake")
    run("deploy", "--yes", "--checks", "none")
    assert policy_of(stack) == policy
    assert things_of_others(stack) == before

    Path("loglake.yaml").write_text("shared_log_days: 30")
    shown = loglake("deploy", answer="n\n").stdout
    for each in left:
        assert f"{each['name']}: its events are deleted after 30 days, those of other teams too" in shown
    assert "/aws-glue/crawlers" not in shown
    assert things_of_others(stack) == before
    named = run("deploy", "--yes", "--checks", "none")["plan"]["shared_log_groups"]
    run("destroy", "--delete-data", "--confirm", "loglake")
    after = things_of_others(stack)
    groups = {each["logGroupName"]: each for each in after.pop("log groups")}
    kept = {each["logGroupName"]: each for each in before.pop("log groups")}
    assert after == before
    changed = {name for name, group in groups.items() if kept.get(name) != group}
    assert changed == {each["name"] for each in named} == {each["name"] for each in left}
    assert {groups[name]["retentionInDays"] for name in changed} == {30}
