"""The workflow that a team copies, and docs/aws/continuous-deployment.md: their commands and names exist."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from support.deployments.templates import one_deployed_stack
from typer.main import get_command

from gluelocal.templates.template_yaml import load_yaml
from loglake_cli.cli.app import app
from loglake_cli.project_files import CI_WORKFLOW, DEPLOYER_TEMPLATE

pytestmark = pytest.mark.infra

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "aws" / "continuous-deployment.md").read_text("utf-8")
PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")
DEPLOYER: dict[str, Any] = load_yaml(DEPLOYER_TEMPLATE)


def block(mark: str) -> str:
    """The code block, or the table, after a comment of the page."""
    found = re.search(rf"<!-- {mark} -->\n(?:```\w+\n(.*?)```|((?:\|[^\n]*\n)+))", PAGE, re.DOTALL)
    assert found
    return found[1] or found[2]


@pytest.fixture(scope="module")
def workflow() -> dict[Any, Any]:
    """PyYAML reads the key `on` as true (YAML 1.1)."""
    found: dict[Any, Any] = yaml.safe_load(CI_WORKFLOW.read_text())
    return found


def typed(text: str) -> list[list[str]]:
    """The loglake commands in a script, word by word, without redirections."""
    return [line.split(">")[0].split() for line in re.findall(r"^[\s-]*(loglake [^\n|]*)", text, re.MULTILINE)]


def scripts(job: dict[str, Any]) -> str:
    return "\n".join(step["run"] for step in job["steps"] if "run" in step)


def test_a_pull_request_is_planned_and_main_is_deployed_after_approval(workflow: dict[Any, Any]) -> None:
    assert workflow[True] == {"pull_request": None, "push": {"branches": ["main"]}}
    plan, deploy = workflow["jobs"]["plan"], workflow["jobs"]["deploy"]
    assert "github.event_name == 'pull_request'" in plan["if"]
    assert "head.repo.full_name == github.repository" in plan["if"]
    assert deploy["if"] == "github.event_name == 'push'"
    assert deploy["environment"] == DEPLOYER["Parameters"]["GitHubEnvironment"]["Default"]
    assert "environment" not in plan
    assert [command[1:] for command in typed(scripts(plan))] == [
        ["deploy", "--settings", "loglake.yaml", "--dry-run", "--json"]
    ]
    assert [command[1:] for command in typed(scripts(deploy))] == [
        ["deploy", "--settings", "loglake.yaml", "--yes", "--json"]
    ]


def test_jobs_have_the_permissions_that_they_use(workflow: dict[Any, Any]) -> None:
    assert workflow["permissions"] == {}
    token = {"contents": "read", "id-token": "write"}
    assert workflow["jobs"]["plan"]["permissions"] == {**token, "pull-requests": "write"}
    assert workflow["jobs"]["deploy"]["permissions"] == token
    assert workflow["concurrency"]["cancel-in-progress"] is False


def test_each_job_takes_its_own_role_on(workflow: dict[Any, Any]) -> None:
    roles = {
        name: step["with"]["role-to-assume"]
        for name, job in workflow["jobs"].items()
        for step in job["steps"]
        if "configure-aws-credentials" in step.get("uses", "")
    }
    assert roles == {"plan": "${{ vars.AWS_PLAN_ROLE }}", "deploy": "${{ vars.AWS_DEPLOY_ROLE }}"}
    for name in ("PlanRoleArn", "DeployRoleArn"):
        assert name in DEPLOYER["Outputs"]
        assert name in CI_WORKFLOW.read_text()


def test_nothing_of_an_event_is_pasted_into_a_script(workflow: dict[Any, Any]) -> None:
    """A title or branch name in a script would be code. Scripts get such values from the environment."""
    for job in workflow["jobs"].values():
        assert "${{" not in scripts(job)


def test_actions_are_pinned_to_commits() -> None:
    used = re.findall(r"uses: (.*)", CI_WORKFLOW.read_text())
    assert used
    assert all(PINNED.fullmatch(each) for each in used)


def test_variables_are_said_in_the_page_and_in_the_file() -> None:
    named = set(re.findall(r"vars\.(\w+)", CI_WORKFLOW.read_text()))
    assert {name for name in named if f"`{name}`" not in PAGE} == set()
    assert named == {"AWS_REGION", "AWS_PLAN_ROLE", "AWS_DEPLOY_ROLE", "LOGLAKE_WHEEL"}


def test_the_commands_exist_with_these_options(workflow: dict[Any, Any]) -> None:
    commands = [command for job in workflow["jobs"].values() for command in typed(scripts(job))]
    commands += typed(block("buildspec")) + typed(block("gitlab-ci"))
    assert len(commands) == 6
    known = get_command(app).commands  # type: ignore[attr-defined]  # a group of commands
    for _, name, *words in commands:
        taken = {option for parameter in known[name].params for option in parameter.opts}
        assert {word for word in words if word.startswith("--")} <= taken


def test_the_buildspec_is_one() -> None:
    found = yaml.safe_load(block("buildspec"))
    assert found["version"] == 0.2
    assert set(found["phases"]) == {"install", "build"}
    assert all(isinstance(line, str) for phase in found["phases"].values() for line in phase["commands"])


def test_gitlab_gets_the_roles_that_its_jobs_ask_for() -> None:
    jobs = yaml.safe_load(block("gitlab-ci"))
    given = dict(re.findall(r"(\w+)=([^\s']+)", block("gitlab-deployer")))
    assert jobs[".loglake"]["id_tokens"]["AWS_TOKEN"]["aud"] == given["OidcAudience"]
    assert {name: job["variables"]["AWS_ROLE_ARN"] for name, job in jobs.items() if name != ".loglake"} == {
        "plan": "$AWS_PLAN_ROLE",
        "deploy": "$AWS_DEPLOY_ROLE",
    }
    assert "merge_request_event" in jobs["plan"]["rules"][0]["if"]
    assert jobs["deploy"]["rules"] == [{"if": "$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH", "when": "manual"}]
    stack = one_deployed_stack(DEPLOYER_TEMPLATE, **given)  # each parameter exists, and takes its value
    assert set(stack.of_type("AWS::IAM::Role")) == {"DeployRole", "PlanRole"}


def test_the_page_knows_the_parameters_and_policies_of_the_stack() -> None:
    rows = re.findall(r"^\| `(\w+)` \|", block("parameters"), re.MULTILINE)
    assert rows == list(DEPLOYER["Parameters"])
    policies = {name for name, item in DEPLOYER["Resources"].items() if item["Type"] == "AWS::IAM::ManagedPolicy"}
    assert set(re.findall(r"^\| `(\w+Policy|Boundary)` \|", PAGE, re.MULTILINE)) == policies
    named = re.findall(r" ([A-Z]\w+)=", block("deployer"))
    assert set(named) == {"GitHubRepository", "GitHubOwnerId", "GitHubRepositoryId"} <= set(DEPLOYER["Parameters"])
