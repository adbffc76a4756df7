"""The wheel for people without logs runs a Glue workflow, in an environment without anything else of the project."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest
from support.pages import ROOT

pytestmark = pytest.mark.infra

TEMPLATE = """
Resources:
  Made: {Type: AWS::S3::Bucket, Properties: {BucketName: made}}
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: [{Effect: Allow, Principal: {Service: glue.amazonaws.com}, Action: sts:AssumeRole}]
  Catalog:
    Type: AWS::Glue::Database
    Properties: {CatalogId: !Ref AWS::AccountId, DatabaseInput: {Name: lake}}
  Write:
    Type: AWS::Glue::Job
    Properties:
      Name: write
      Role: !Ref Role
      Command: {Name: pythonshell, PythonVersion: "3.9", ScriptLocation: write.py}
  Crawl:
    Type: AWS::Glue::Crawler
    Properties: {Name: crawl, Role: !Ref Role, DatabaseName: lake, Targets: {S3Targets: [{Path: s3://made/}]}}
  Nightly: {Type: AWS::Glue::Workflow, Properties: {Name: nightly}}
  Start:
    Type: AWS::Glue::Trigger
    Properties: {Name: start, Type: ON_DEMAND, WorkflowName: !Ref Nightly, Actions: [{JobName: !Ref Write}]}
  Then:
    Type: AWS::Glue::Trigger
    Properties:
      Name: then
      Type: CONDITIONAL
      StartOnCreation: true
      WorkflowName: !Ref Nightly
      Actions: [{CrawlerName: !Ref Crawl}]
      Predicate: {Conditions: [{LogicalOperator: EQUALS, JobName: !Ref Write, State: SUCCEEDED}]}
"""
JOB = """
import io, boto3, pyarrow as pa, pyarrow.parquet as pq
file = io.BytesIO()
pq.write_table(pa.table({"n": [1, 2]}), file)
boto3.client("s3").put_object(Bucket="made", Key="app/a.parquet", Body=file.getvalue())
"""
ASK = """
from pathlib import Path
from athena_duckdb.query.athena import Dialect, query
statement = "SELECT date_format(date '2026-11-21', '%d.%m.'), sum(n) FROM app"
print(query(Path("run"), statement, dialect=Dialect.ATHENA).rows)
"""


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment with the wheel, and packages of others."""
    folder = tmp_path_factory.mktemp("gluelocal")
    project = ROOT / "infra" / "gluelocal_wheel"
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder], cwd=project, check=True)
    (wheel,) = folder.glob("loglake_gluelocal-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        tops = {name.partition("/")[0] for name in archive.namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"athena_duckdb", "gluelocal"}
    venv.create(folder / "env", with_pip=False)
    pip = [sys.executable, "-m", "pip", "--python", str(folder / "env"), "--disable-pip-version-check"]
    subprocess.run([*pip, "install", "--quiet", "--no-deps", "--no-index", str(wheel)], check=True)
    (packages,) = (folder / "env").glob("lib/python*/site-packages")
    # Python searches the folders in such a file, but does not read .pth files there, such as an editable install's.
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    return folder / "env" / "bin"


def run(environment: Path, folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    words = [str(environment / command[0]), *command[1:]]
    return subprocess.run(words, cwd=folder, env=kept, capture_output=True, text=True, timeout=300, check=False)


def test_a_workflow_runs_and_its_table_is_queried(environment: Path, tmp_path: Path) -> None:
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    (tmp_path / "write.py").write_text(JOB)
    done = run(environment, tmp_path, "gluelocal", "template.yaml", "--keep", "run", "--enforce-iam")
    assert done.returncode == 1, done.stderr  # the role may do nothing yet
    assert "because no identity-based policy allows" in done.stderr
    done = run(environment, tmp_path, "gluelocal", "template.yaml", "--keep", "run")
    assert done.returncode == 0, done.stderr
    (found,) = json.loads(done.stdout)["workflow_runs"]
    assert {node["name"]: node["state"] for node in found["nodes"] if node["type"] != "TRIGGER"} == {
        "write": "SUCCEEDED",
        "crawl": "SUCCEEDED",
    }
    assert json.loads(done.stdout)["warnings"] == []
    assert run(environment, tmp_path, "python", "-c", ASK).stdout == "[('21.11.', 3)]\n"


def test_a_crawler_that_makes_no_table_is_named(environment: Path, tmp_path: Path) -> None:
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    put = """boto3.client("s3").put_object(Bucket="made", Key="a/x.csv", Body=b"1")"""
    (tmp_path / "write.py").write_text(f"import boto3\n{put}")
    done = run(environment, tmp_path, "gluelocal", "template.yaml", "--keep", "run")
    assert done.returncode == 0, done.stderr  # as on AWS
    said = "the crawler crawl succeeded, and made no table: 1 files are not Parquet or lie above the table level"
    assert f"! {said}" in done.stderr


def test_nothing_else_of_the_project_is_there(environment: Path, tmp_path: Path) -> None:
    for package in ("loglake", "loglake_cli", "infra"):
        assert f"No module named '{package}'" in run(environment, tmp_path, "python", "-c", f"import {package}").stderr


def test_what_is_wrong_is_said(environment: Path, tmp_path: Path) -> None:
    done = run(environment, tmp_path, "gluelocal", "none.yaml")
    assert (done.returncode, done.stderr.startswith("gluelocal: ")) == (2, True)
