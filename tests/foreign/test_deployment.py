"""Deploys into another project's emulator, which refuses what its authors have seen AWS refuse."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from foreign import lacking
from foreign.lacking import Clients
from loglake.aws.system_clock import SystemClock
from loglake_cli.deploy.packaged_files import NO_EXTRA_WHEELS
from loglake_cli.deploy.packaging import build_package
from loglake_cli.deploy.settings.settings import Settings
from loglake_cli.operations.deploying import deploy, destroy
from loglake_cli.operations.deploying.blueprints import read_blueprints
from loglake_cli.operations.deploying.deploy import Deploying, prepare
from loglake_cli.operations.doctor.account import Account
from loglake_cli.operations.doctor.examination import examine
from loglake_cli.operations.doctor.finding import Result
from loglake_cli.project_files import DEPLOYER_TEMPLATE

pytestmark = pytest.mark.foreign

STACKS = ("storage", "access", "log-lake", "events", "query", "monitoring")
GITHUB = "token.actions.githubusercontent.com"
RULE = "loglake-request-object"


class Hurried(SystemClock):
    """Makes all waits short."""

    def sleep(self, seconds: float) -> None:
        super().sleep(min(seconds, 0.1))


@pytest.mark.parametrize("name", lacking.TYPES)
def test_a_type_that_it_lacks_is_still_lacking(clients: Clients, name: str) -> None:
    assert lacking.refuses_type(clients, name), "it knows the type now: take it out of TYPES"


@pytest.mark.parametrize(
    "probe",
    [
        lacking.refuses_metric_math,
        lacking.refuses_to_split_in_conditions,
        lacking.refuses_to_import_bucket_policies,
    ],
)
def test_what_it_can_not_is_still_so(clients: Clients, probe: Callable[[Clients], bool]) -> None:
    assert probe(clients), "it can now: take this out of tests/foreign/lacking.py"


def test_deploy_change_break_fix_destroy_and_deploy_again(
    clients: Clients, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(
        deploy, "read_blueprints", lambda stacks: tuple(map(lacking.known_part, read_blueprints(stacks)))
    )
    package = build_package(NO_EXTRA_WHEELS)
    monkeypatch.setattr(deploy, "build_package", lambda _: package)
    clients("logs").create_log_group(logGroupName="/app/shop")
    datasets = tmp_path / "datasets.yaml"
    datasets.write_text("datasets: [{log_groups: [/app/shop]}]")

    def deploying(lag: str = "30", *, revert_drift: bool = False) -> Deploying:
        settings = Settings(stacks={"budget": True}, datasets=datasets, parameters={"LagMinutes": lag})
        return prepare(settings, clients, Hurried(), print, extra_wheels=NO_EXTRA_WHEELS, revert_drift=revert_drift)

    unchanged = {**dict.fromkeys(STACKS, "unchanged"), "budget": "left out"}

    def outcomes(one: Deploying) -> dict[str, str]:
        return dict(one.apply(tuple).stacks)

    assert outcomes(deploying()) == {**dict.fromkeys(STACKS, "created"), "budget": "left out"}
    assert deploying().plan().empty
    assert outcomes(deploying("60")) == {**unchanged, "log-lake": "changed"}
    arguments = clients("glue").get_job(JobName="loglake-export-logs")["Job"]["DefaultArguments"]
    assert arguments["--lag_minutes"] == "60"
    assert problems(clients) == lacking.PROBLEMS

    clients("events").disable_rule(Name=RULE)
    assert {check for check, _ in problems(clients) - lacking.PROBLEMS} == {"event-rules"}
    assert outcomes(deploying("60", revert_drift=True)) == unchanged, "it knows REVERT_DRIFT now: expect events changed"
    clients("events").enable_rule(Name=RULE)
    assert problems(clients) == lacking.PROBLEMS

    destroying = destroy.prepare("loglake", clients, Hurried(), print)
    removal = destroying.look(count=True)
    assert [each.objects for each in removal.buckets if "-control-" in each.name] > [0]
    destroying.destroy(removal, delete_data=False)
    assert destroying.look(count=True).stacks == ()
    assert destroying.look(count=True).buckets == removal.buckets

    again = deploying()
    imported = {change.logical_id for change in again.plan().stacks[0].changes if change.action == "Import"}
    assert imported == {"Control", "Raw", "Lake", "Ledger"}
    assert outcomes(again) == {**dict.fromkeys(STACKS, "created"), "budget": "left out"}
    assert deploying().plan().empty
    assert problems(clients) == lacking.PROBLEMS
    stacks = clients("cloudformation").describe_stacks()["Stacks"]
    tags = {each["StackName"]: each["Tags"] for each in stacks if each["StackName"].startswith("loglake-")}
    assert tags == {f"loglake-{name}": [{"Key": "loglake", "Value": "loglake"}] for name in STACKS}


def test_the_stack_deployer_makes_its_roles_with_trust_policies_that_are_text(clients: Clients) -> None:
    formation, iam = clients("cloudformation"), clients("iam")
    given = {
        "Prefix": "other",
        "GitHubRepository": "shop/logs",
        "GitHubOwnerId": "11",
        "GitHubRepositoryId": "22",
        "OidcProviderArn": f"arn:aws:iam::000000000000:oidc-provider/{GITHUB}",
    }
    formation.create_stack(
        StackName="other-deployer",
        TemplateBody=DEPLOYER_TEMPLATE.read_text("utf-8"),
        Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in given.items()],
        Capabilities=["CAPABILITY_NAMED_IAM"],
    )
    formation.get_waiter("stack_create_complete").wait(
        StackName="other-deployer", WaiterConfig={"Delay": 1, "MaxAttempts": 30}
    )
    (stack,) = formation.describe_stacks(StackName="other-deployer")["Stacks"]
    outputs = {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}
    assert ":policy/" in outputs["PermissionsBoundaryArn"]
    role = iam.get_role(RoleName=outputs["DeployRoleArn"].rpartition("/")[2])["Role"]
    (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Condition"]["StringEquals"][f"{GITHUB}:sub"] == [
        "repo:shop/logs:environment:production",
        "repo:shop@11/logs@22:environment:production",
    ]
    formation.delete_stack(StackName="other-deployer")


def problems(clients: Clients) -> set[tuple[str, str]]:
    """What doctor finds wrong. What it can't prove is what MiniStack answers no call for."""
    findings = examine(Account("loglake", clients, Hurried()))
    unproven = {each.check: each.found for each in findings if each.result is Result.NOT_PROVEN}
    assert {check for check, call in lacking.NOT_PROVEN.items() if call in unproven.get(check, "")} == set(unproven)
    stack = clients("cloudformation").describe_stack_resources(StackName="loglake-access")["StackResources"]
    roles = {each["PhysicalResourceId"]: each["LogicalResourceId"] for each in stack}
    wrong = {(each.check, each.found) for each in findings if each.result is Result.PROBLEM}
    for name, words in (("ExportRole", "EXPORT_ROLE"), ("ConvertRole", "CONVERT_ROLE")):
        (physical,) = (key for key, logical in roles.items() if logical == name)
        wrong = {(check, found.replace(physical, words)) for check, found in wrong}
    return wrong
