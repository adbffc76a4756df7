"""docs/first-deployment.md: what it says to type fits the templates, and its script runs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from support.local.ambient import point_at
from support.worlds.deployed import GIVEN

from loglake.aws.system_clock import SystemClock
from loglake_cli.deploy import extra_wheels
from loglake_cli.deploy.job_logs import JOB_LOG_GROUPS
from loglake_cli.deploy.stacks import ALL_STACKS, EXTRA_STACKS, STACKS, StackTemplate
from loglake_cli.local.cloud.embedded_aws import EmbeddedAws
from loglake_cli.local.templates.template_yaml import load_yaml

pytestmark = pytest.mark.infra

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "first-deployment.md").read_text("utf-8")
TEMPLATES: dict[str, dict[str, Any]] = {
    str(stack.path.relative_to(ROOT)): load_yaml(stack.path) for stack in ALL_STACKS
}
BY_NAME = {stack.name: load_yaml(stack.path) for stack in ALL_STACKS}
MOST_INLINE = 51_200
"""Bytes of a template that CloudFormation takes without a bucket."""


def block(mark: str) -> str:
    """The code block, or the table, after a comment."""
    found = re.search(rf"<!-- {re.escape(mark)} -->\n(?:```\w+\n(.*?)```|((?:\|[^\n]*\n)+))", PAGE, re.DOTALL)
    assert found
    return found[1] or found[2]


def commands() -> list[str]:
    """Each ``aws cloudformation deploy`` of the page, on one line."""
    text = PAGE.replace("\\\n", " ")
    return re.findall(r"^aws cloudformation deploy .*$", text, re.MULTILINE)


@pytest.mark.parametrize(("mark", "stacks"), [("deploy", STACKS), ("extras", EXTRA_STACKS)])
def test_the_stacks_are_deployed_in_their_order(mark: str, stacks: tuple[StackTemplate, ...]) -> None:
    in_order = re.findall(r"--stack-name loglake-([\w-]+) --template-file (\S+)", block(mark))
    assert in_order == [(stack.name, str(stack.path.relative_to(ROOT))) for stack in stacks]


@pytest.mark.parametrize("mark", ["deploy", "extras"])
def test_each_stack_gets_every_parameter_that_has_no_default(mark: str) -> None:
    text = block(mark).replace("\\\n", " ")
    for name, options in re.findall(r"deploy --stack-name loglake-([\w-]+) (.*)", text):
        sources = re.search(r"\$\(outputs ([\w -]+)\)", options)
        given = {output for source in (sources[1].split() if sources else ()) for output in BY_NAME[source]["Outputs"]}
        given |= set(GIVEN) if "artifacts.txt" in options else set()
        needed = {key for key, value in BY_NAME[name]["Parameters"].items() if "Default" not in value}
        assert needed <= given, name


def test_a_parameter_that_is_named_is_one_of_its_stack() -> None:
    for command in commands():
        found = re.search(r"--template-file (\S+)", command)
        assert found
        for name in re.findall(r" ([A-Z]\w+)=", command):
            assert name in TEMPLATES[found[1]]["Parameters"], command
    rows = [line.split("|")[1:3] for line in block("parameters").splitlines()[2:]]
    for names, stacks in rows:
        for name in re.findall(r"`(\w+)`", names):
            having = {stack for stack, template in BY_NAME.items() if name in template["Parameters"]}
            assert having == set(stacks.replace(" ", "").split(",")), name


def test_roles_need_a_capability_and_nothing_else_does() -> None:
    for command in commands():
        found = re.search(r"--template-file (\S+)", command)
        assert found
        has_roles = any(item["Type"] == "AWS::IAM::Role" for item in TEMPLATES[found[1]]["Resources"].values())
        assert ("CAPABILITY_IAM" in command) == has_roles, command


def test_a_template_needs_no_bucket_to_be_deployed_from() -> None:
    assert all(stack.path.stat().st_size <= MOST_INLINE for stack in ALL_STACKS)


def test_the_page_begins_with_what_only_a_real_account_can_confirm() -> None:
    first, second = re.findall(r"^## (.*)$", PAGE, re.MULTILINE)[:2]
    assert (first, second) == ("What only a real account can confirm", "What to type")
    table = PAGE.split("## What to type")[0]
    rows = [line for line in table.splitlines() if line.startswith("| ")][1:]
    assert len(rows) > 15
    assert all(len(row.split(" | ")) == 4 for row in rows), "what is assumed, checks, what to look at, what to do"


def test_the_script_uploads_and_prints_the_parameters(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(extra_wheels, "downloaded_wheels", lambda: extra_wheels.NO_EXTRA_WHEELS)  # no network here
    with EmbeddedAws(SystemClock()) as aws:
        point_at(aws, monkeypatch)
        s3, account = aws.client("s3"), aws.client("sts").get_caller_identity()["Account"]
        bucket = f"loglake-control-{account}-{s3.meta.region_name}"
        s3.create_bucket(Bucket=bucket)
        exec(block("upload.py"), {})
        printed, said = capsys.readouterr()
        parameters = dict(each.split("=", 1) for each in printed.split())
        assert set(parameters) >= set(GIVEN)
        keys = {f"s3://{bucket}/{item['Key']}" for item in s3.list_objects_v2(Bucket=bucket)["Contents"]}
        assert set(parameters.values()) <= keys
    assert len(said.splitlines()) == len(JOB_LOG_GROUPS)
