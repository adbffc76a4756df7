"""Another version is deployed, then the one before it, on an account that uses all optional parameters."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from gluelocal.templates.template import load_template
from loglake.aws.system_clock import SystemClock
from loglake.core.schema.datasets import Datasets
from loglake.core.units import LogGroupName, split_s3_uri
from loglake_cli.deploy.artifacts import upload
from loglake_cli.deploy.packaged_files import GLUE_PYTHONS, NO_EXTRA_WHEELS, PackagedFile
from loglake_cli.deploy.packaging import Package, build_package
from loglake_cli.deploy.stacks import parameters_for
from loglake_cli.local.stack import LocalStack, StackSettings
from loglake_cli.project_files import LOG_LAKE_TEMPLATE

pytestmark = pytest.mark.local

ACCOUNT = "123456789012"
EVERY_PARAMETER = {
    "KmsKeyArn": f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1",
    "GlueConnectionName": "private",
    "SecurityConfiguration": "encrypted",
    "PermissionsBoundaryArn": f"arn:aws:iam::{ACCOUNT}:policy/boundary",
    "LakeFormation": "on",
    "ExecutionClass": "FLEX",
    "RawTransitionDays": "30",
    "RawTransitionClass": "GLACIER_IR",
    "RawExpiryDays": "60",
    "ScheduleState": "ENABLED",
}
DATASETS = Datasets.for_groups([LogGroupName("/app/shop")])
EXPORT = "loglake-export-logs"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    """A deployment of this version."""
    settings = StackSettings(tmp_path_factory.mktemp("jobs"), EVERY_PARAMETER)
    with LocalStack(DATASETS, settings, SystemClock()) as made:
        yield made


def deploy(stack: LocalStack, package: Package) -> dict[str, str]:
    """Uploads a version, and updates the stack log-lake to it. Returns the parameters that name its files."""
    artifacts = upload(stack.client("s3"), stack.outputs["ControlBucket"], package, DATASETS)
    uris = artifacts.parameters(next(iter(GLUE_PYTHONS)))
    template = load_template(LOG_LAKE_TEMPLATE)
    values = parameters_for(template.parameters, {**EVERY_PARAMETER, **uris}, stack.outputs)
    bound = template.bind(values, {"AWS::AccountId": ACCOUNT, "AWS::Region": "us-east-1", "AWS::Partition": "aws"})
    jobs = [each for each in bound.order() if each.type == "AWS::Glue::Job"]
    for job in jobs:
        update = bound.properties(job, lambda logical_id, _name: f"loglake-{logical_id}")
        name = update.pop("Name")
        for name_of_number, number in {"Timeout": int, "NumberOfWorkers": int, "MaxCapacity": float}.items():
            if name_of_number in update:
                update[name_of_number] = number(update[name_of_number])
        stack.client("glue").update_job(JobName=name, JobUpdate=update)
    return uris


def points_to(stack: LocalStack) -> tuple[str, str]:
    """The locations of the script and the wheel of export-logs."""
    job: Any = stack.client("glue").get_job(JobName=EXPORT)["Job"]
    return job["Command"]["ScriptLocation"], job["DefaultArguments"]["--extra-py-files"]


def run_export(stack: LocalStack) -> dict[str, Any]:
    glue = stack.client("glue")
    run_id = glue.start_job_run(JobName=EXPORT)["JobRunId"]
    ends = time.monotonic() + 240
    while True:
        stack.runtime.poll(0.05)
        run: dict[str, Any] = glue.get_job_run(JobName=EXPORT, RunId=run_id)["JobRun"]
        if run["JobRunState"] not in {"RUNNING", "WAITING"}:
            return run
        assert time.monotonic() < ends


def contents(stack: LocalStack, uris: dict[str, str]) -> list[bytes]:
    s3 = stack.client("s3")
    places = [split_s3_uri(uri) for uri in uris.values() if uri]  # no transformation, no packages
    return [s3.get_object(Bucket=bucket, Key=key)["Body"].read() for bucket, key in places]


def test_the_version_before_is_deployed_again_and_works(stack: LocalStack) -> None:
    this = build_package(NO_EXTRA_WHEELS)
    script = PackagedFile(this.export_script.name, b"raise SystemExit('this is the other version')\n")
    other = replace(this, export_script=script)
    first = deploy(stack, this)
    assert points_to(stack) == (first["ExportScriptUri"], first["WheelUri"])
    before = contents(stack, first)
    assert run_export(stack)["JobRunState"] == "SUCCEEDED"

    second = deploy(stack, other)
    assert points_to(stack) == (second["ExportScriptUri"], second["WheelUri"])
    assert first["ExportScriptUri"] != second["ExportScriptUri"]
    assert contents(stack, first) == before, "a running job would have seen its code change"
    failed = run_export(stack)
    assert (failed["JobRunState"], "this is the other version" in failed["ErrorMessage"]) == ("FAILED", True)

    assert deploy(stack, this) == first
    assert points_to(stack) == (first["ExportScriptUri"], first["WheelUri"])
    assert contents(stack, first) == before
    assert run_export(stack)["JobRunState"] == "SUCCEEDED"
