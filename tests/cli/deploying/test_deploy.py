"""`loglake deploy` with all templates."""

from __future__ import annotations

import json
import re
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from support.deployments.aws_account import CALLER, AwsAccount
from support.deployments.operated import loglake
from support.gluelocal.change_sets import Stack

from loglake.core.keys import WindowKeys
from loglake.core.units import MS_PER_DAY, EpochMs, LogGroupName
from loglake.core.windows import Window
from loglake_cli.cli.deploying import deploy as command
from loglake_cli.cli.shared.progress import Progress
from loglake_cli.deploy.stacks import ALL_STACKS, STACKS
from loglake_cli.operations.deploying.target import OF_ROLES

pytestmark = pytest.mark.unit

NEEDED = [f"loglake-{each.name}" for each in ALL_STACKS if not each.optional]


def document(*arguments: str, status: int = 0) -> Any:
    done = loglake("deploy", *arguments, "--json")
    assert done.exit_code == status, done.output
    return json.loads(done.stdout)


def actions(plan: Any) -> dict[str, str]:
    return {each["name"]: each["action"] for each in plan["plan"]["stacks"]}


def test_a_dry_run_shows_place_plan_and_cost_and_leaves_nothing_behind(account: AwsAccount) -> None:
    done = loglake("deploy", "--dry-run")
    assert done.exit_code == 0, done.output
    assert f"in account 123456789012, Region eu-central-1 (partition aws), as {CALLER}" in done.stdout
    assert "loglake-storage" in done.stdout
    assert "USD a month" in done.stdout
    assert done.stdout.endswith("Dry run: nothing was changed.\n")
    assert account.cloudformation.stacks == {}
    assert account.called("CreateChangeSet", "PutObject", "ExecuteChangeSet") == []


def test_the_plan_says_from_how_many_landed_objects_on_looks_are_cheaper(account: AwsAccount) -> None:
    looks = "LandingStart: Look is cheaper than Event"
    assert looks not in loglake("deploy", "--dry-run").stdout, "nothing is landed"
    Path("loglake.yaml").write_text("volume: {landing_minutes: 15, landed_groups: 10}")
    assert f"landed objects a day on, {looks}." in loglake("deploy", "--dry-run").stdout
    assert account.cloudformation.stacks == {}


def test_deploying_asks_and_takes_no_for_an_answer(account: AwsAccount) -> None:
    done = loglake("deploy", answer="n\n")
    assert (done.exit_code, "Nothing was changed." in done.stdout) == (3, True)
    assert account.cloudformation.stacks == {}


def test_all_is_deployed_and_a_second_time_there_is_nothing_to_change(account: AwsAccount) -> None:
    first = document("--yes")
    assert (first["result"]["status"], first["result"]["schedule"]) == ("deployed", "disabled")
    assert {each["outcome"] for each in first["result"]["stacks"]} == {"created"}
    assert list(account.cloudformation.stacks) == NEEDED
    again = loglake("deploy")
    assert (again.exit_code, again.stdout.splitlines()[-1]) == (
        0,
        "Everything is deployed already: there is nothing to change.",
    )
    assert document("--yes")["plan"]["changes_nothing"] is True


def test_the_role_of_convert_logs_may_read_the_key_that_hashes_need(account: AwsAccount) -> None:
    Path("loglake.yaml").write_text("datasets: here.yaml")
    hashes = "datasets: [{log_groups: [/app], redact: [{name: email, action: hash}]}]\nredact_key: {file: redact.key"
    Path("here.yaml").write_text(f"{hashes}}}")
    refused = loglake("deploy", "--yes")
    assert (refused.exit_code, account.cloudformation.stacks) == (2, {})
    assert "redact_key names a file only, which no job can read: add `secret: NAME`" in refused.stderr
    Path("here.yaml").write_text(f"{hashes}, secret: team/redact}}")
    document("--yes")
    access = account.cloudformation.stacks["loglake-access"].parameters
    named = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:team/redact-??????"
    assert (access["RedactSecretArn"], access["RedactParameterArn"]) == (named, "")
    Path("here.yaml").write_text("datasets: [{log_groups: [/app]}]")
    document("--yes")
    assert account.cloudformation.stacks["loglake-access"].parameters["RedactSecretArn"] == ""


def test_a_changed_setting_is_shown_and_deployed_alone(account: AwsAccount) -> None:
    Path("loglake.yaml").write_text("parameters: {LagMinutes: 60}")
    document("--yes")
    Path("loglake.yaml").write_text("parameters: {LagMinutes: 90}")
    done = loglake("deploy", "--dry-run")
    assert "loglake-log-lake: LagMinutes 60 -> 90" in done.stdout
    assert "ExportLogs (Glue Job) is changed (DefaultArguments)" in done.stdout
    assert {name for name, action in actions(document("--yes")).items() if action == "update"} == {"log-lake"}
    assert account.cloudformation.stacks["loglake-log-lake"].parameters["LagMinutes"] == "90"


def test_what_leaves_by_the_datasets_file_is_counted_before_anybody_agrees(account: AwsAccount) -> None:
    Path("datasets.yaml").write_text("datasets: [{table: shop, log_groups: [/app/shop], retention_days: 30}]")
    Path("loglake.yaml").write_text("datasets: datasets.yaml")
    assert document("--yes")["plan"]["leaving"] == {}
    window = WindowKeys(LogGroupName("/app/shop"), Window(EpochMs(0), EpochMs(MS_PER_DAY)), 1)
    lake, raw = (f"loglake-{name}-123456789012-eu-central-1" for name in ("lake", "raw"))
    account.objects[lake] = {window.table_file("shop", "dt=1970-01-01", 0): 2_500_000}
    account.objects[lake]["tables/shop/dt=1970-01-02/foreign.parquet"] = 1
    account.objects[raw] = {f"{window.export_prefix}/task/web/000000.gz": 1_000_000}
    done = loglake("deploy", "--dry-run")
    assert (
        "Table shop: the next run deletes 1 partition, 1 file of 2.5 MB, 1 raw object of 1.0 MB (retention_days, "
        "delete_raw_after)"
    ) in done.stdout
    assert account.called("DeleteObjects") == []
    leaving = document("--dry-run")["plan"]["leaving"]["shop"]
    assert leaving == {"partitions": 1, "files": 1, "file_bytes": 2_500_000, "raw_objects": 1, "raw_bytes": 1_000_000}


def test_without_a_settings_file_parameters_stay_and_with_one_they_are_its_own(account: AwsAccount) -> None:
    Path("loglake.yaml").write_text("parameters: {LagMinutes: 60, RawExpiryDays: 90}")
    document("--yes")
    Path("loglake.yaml").unlink()
    assert document("--yes")["plan"]["changes_nothing"] is True
    Path("loglake.yaml").write_text("parameters: {RawExpiryDays: 90}")
    assert actions(document("--yes"))["log-lake"] == "update"
    assert account.cloudformation.stacks["loglake-log-lake"].parameters["LagMinutes"] == "30"


def test_a_service_that_can_not_deliver_into_an_encrypted_bucket_is_refused(account: AwsAccount) -> None:
    key = "arn:aws:kms:eu-central-1:123456789012:key/1"
    Path("loglake.yaml").write_text(f"parameters: {{KmsKeyArn: '{key}', DirectDelivery: 'NLB,S3AccessLogs,ALB'}}")
    done = loglake("deploy", "--yes")
    assert done.exit_code == 2
    assert "ALB and S3AccessLogs can't deliver into a bucket with a KMS key: take it out of Direct" in done.stderr
    assert account.cloudformation.stacks == {}


BOUNDARY = "arn:aws:iam::123456789012:policy/loglake-deployer-Boundary-1"


def deployer_stack(account: AwsAccount, **outputs: str) -> None:
    """Makes the stack deployer, with outputs."""
    name = "loglake-deployer"
    account.cloudformation.stacks[name] = Stack(name, f"arn:{name}", "CREATE_COMPLETE", outputs=outputs)


def test_roles_get_the_boundary_and_the_names_of_the_stack_deployer(account: AwsAccount) -> None:
    document("--yes")
    access = account.cloudformation.stacks["loglake-access"]
    assert access.parameters["PermissionsBoundaryArn"] == ""
    deployer_stack(account, PermissionsBoundaryArn=BOUNDARY, RolePath="/a/", RoleNamePrefix="app-", PlanRoleArn="x")
    shown = loglake("deploy", "--dry-run").stdout
    assert f"loglake-access: PermissionsBoundaryArn empty -> {BOUNDARY}" in shown
    document("--yes")
    assert {name: access.parameters[name] for name in OF_ROLES} == {
        "PermissionsBoundaryArn": BOUNDARY,
        "RolePath": "/a/",
        "RoleNamePrefix": "app-",
    }
    assert "PlanRoleArn" not in access.parameters
    Path("loglake.yaml").write_text("parameters: {RolePath: /mine/}")
    document("--yes")
    assert (access.parameters["RolePath"], access.parameters["PermissionsBoundaryArn"]) == ("/mine/", BOUNDARY)


def test_each_template_is_validated_even_in_a_dry_run(account: AwsAccount) -> None:
    document("--dry-run")
    assert len(account.called("ValidateTemplate")) == len(NEEDED)


def test_a_stack_that_the_region_can_not_have_is_left_out_and_the_plan_and_the_result_say_so(
    account: AwsAccount,
) -> None:
    account.cloudformation.lacking.add("AWS::Budgets::Budget")
    Path("loglake.yaml").write_text("stacks: {budget: on}")
    done = loglake("deploy", "--yes")
    assert done.exit_code == 0
    note = "CloudFormation in eu-central-1 has no AWS::Budgets::Budget, so this stack is left out."
    assert f"loglake-budget: {note}" in done.stdout
    assert "monitoring created, budget left out." in done.stdout
    assert list(account.cloudformation.stacks) == NEEDED
    again = document("--yes")
    assert (again["plan"]["changes_nothing"], actions(again)["budget"]) == (True, "left out")
    account.cloudformation.lacking.clear()
    assert actions(document("--yes"))["budget"] == "create"
    assert "loglake-budget" in account.cloudformation.stacks


def test_a_parameter_of_a_stack_that_is_off_is_named(account: AwsAccount) -> None:
    Path("loglake.yaml").write_text("parameters: {MonthlyBudgetUSD: 90}")
    said = "The stack budget is off, so MonthlyBudgetUSD does nothing. `budget: on` under `stacks:` turns it on."
    assert said in loglake("deploy", "--dry-run").stderr
    Path("loglake.yaml").write_text("{parameters: {MonthlyBudgetUSD: 90}, stacks: {budget: on}}")
    done = loglake("deploy", "--yes")
    assert (done.exit_code, said in done.stderr) == (0, False)
    assert account.cloudformation.stacks["loglake-budget"].parameters["MonthlyBudgetUSD"] == "90"


def test_a_region_without_what_loglake_needs_is_refused(account: AwsAccount) -> None:
    account.cloudformation.lacking.add("AWS::Glue::Workflow")
    done = loglake("deploy", "--dry-run")
    assert done.exit_code == 2
    assert "CloudFormation in eu-central-1 has no AWS::Glue::Workflow, and loglake needs it: choose" in done.stderr


def test_the_schedule_is_turned_on_at_the_end_and_stays_on(account: AwsAccount) -> None:
    assert document("--yes", "--enable-schedule")["result"]["schedule"] == "enabled"
    assert account.cloudformation.stacks["loglake-events"].parameters["ScheduleState"] == "ENABLED"
    Path("loglake.yaml").write_text("parameters: {LagMinutes: 60}")
    assert document("--yes")["result"]["schedule"] == "enabled"
    assert document("--yes", "--enable-schedule")["plan"]["changes_nothing"] is True
    states = {s.parameters.get("ScheduleState") for s in account.cloudformation.stacks.values()} - {None}
    assert states == {"ENABLED"}


def test_the_schedule_of_a_deployment_that_is_there_is_turned_on(account: AwsAccount) -> None:
    document("--yes")
    found = document("--yes", "--enable-schedule")
    assert found["plan"]["changes_nothing"] is True
    outcomes = {each["name"]: each["outcome"] for each in found["result"]["stacks"]}
    assert (found["result"]["schedule"], outcomes["events"], outcomes["storage"]) == ("enabled", "changed", "unchanged")
    assert account.cloudformation.stacks["loglake-events"].parameters["ScheduleState"] == "ENABLED"


@dataclass(frozen=True)
class Found:
    result: str
    subject: str = "loglake-raw"
    found: str = "It is open."
    fix: str = "Close it."


def test_what_the_checks_find_is_shown_and_leaves_the_schedule_off(
    account: AwsAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = (Found("ok"), Found("problem"))
    monkeypatch.setattr(command, "checked", lambda which, *_: () if which == "none" else found)
    done = loglake("deploy", "--yes", "--enable-schedule")
    assert done.exit_code == 4
    assert "! loglake-raw: It is open. Close it." in done.stdout
    assert "The checks found 1 problem. When they are fixed: loglake doctor" in done.stdout
    assert account.cloudformation.stacks["loglake-events"].parameters["ScheduleState"] == "DISABLED"
    assert document("--yes", "--checks", "none", "--enable-schedule")["result"]["schedule"] == "enabled"


def test_a_failure_is_a_sentence_and_part_of_the_document(account: AwsAccount) -> None:
    account.cloudformation.fails["ExportRole"] = "Role with name x already exists"
    done = loglake("deploy", "--yes", "--json")
    assert done.exit_code == 1
    assert json.loads(done.stdout)["result"]["status"] == "failed"
    assert done.stderr.splitlines()[-1].startswith(
        "loglake: loglake-access is ROLLBACK_COMPLETE: ExportRole (IAM Role) "
    )
    account.cloudformation.fails.clear()
    note = document("--dry-run")["plan"]["stacks"][1]["note"]
    assert note.startswith("It is ROLLBACK_COMPLETE: ExportRole")
    assert document("--yes")["result"]["status"] == "deployed"


def test_stacks_are_turned_on_and_off_by_the_settings_file(account: AwsAccount) -> None:
    Path("loglake.yaml").write_text("stacks: {query: off, monitoring: off}")
    document("--yes")
    assert list(account.cloudformation.stacks) == [f"loglake-{each.name}" for each in STACKS]
    Path("loglake.yaml").write_text("stacks: {query: on}")
    assert actions(document("--yes"))["query"] == "create"
    Path("loglake.yaml").write_text("stacks: {query: off, monitoring: off}")
    found = document("--yes")
    assert actions(found) == {**dict.fromkeys([each.name for each in STACKS], "unchanged"), "query": "remove"} | {
        "monitoring": "remove"
    }
    assert list(account.cloudformation.stacks) == [f"loglake-{each.name}" for each in STACKS]


def test_another_account_than_that_of_the_settings_file_is_left_alone(account: AwsAccount) -> None:
    Path("mine.yaml").write_text('account: "999999999999"')
    done = loglake("deploy", "--settings", "mine.yaml")
    assert done.exit_code == 2
    assert "is for the account 999999999999, and these credentials are for 123456789012" in done.stderr
    assert account.called() == ["GetCallerIdentity"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--json",), "--json can't ask: add --yes or --dry-run."),
        (("--checks", "some"), "--checks is all, doctor or none, and not 'some'."),
        (("--settings", "nowhere.yaml"), "the settings file nowhere.yaml can't be read: No such file"),
        (("--settings", "mine.yaml", "--prefix", "other"), "--prefix is other, and mine.yaml is for mine"),
        (("--settings", "mine.yaml", "--enable-schedule"), "the settings file sets ScheduleState to DISABLED"),
        (
            ("--settings", "sets.yaml"),
            "dataset 1: log_groups: no log group matches /app/my shop*, since",
        ),
        (("--settings", "volume.yaml"), "volume.yaml can't be used: volume: gb_a_day is not a field"),
    ],
)
def test_what_can_not_be_meant_is_a_sentence(account: AwsAccount, arguments: tuple[str, ...], message: str) -> None:
    Path("mine.yaml").write_text("prefix: mine\nparameters: {ScheduleState: DISABLED}")
    Path("volume.yaml").write_text("volume: {gb_a_day: 10}")
    Path("sets.yaml").write_text("datasets: other.yaml")
    Path("other.yaml").write_text("datasets: [{log_groups: [/app/my shop*, '/a/[!b]?*']}]")
    done = loglake("deploy", *arguments)
    assert (done.exit_code, message in done.stderr) == (2, True), done.output
    assert account.cloudformation.stacks == {}


def test_an_interrupted_deployment_says_how_to_go_on(account: AwsAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(account.clock, "sleep", interrupted)
    done = loglake("deploy", "--yes")
    assert done.exit_code == 130
    assert done.stderr.splitlines()[-1] == (
        "loglake: stopped; CloudFormation ends what it has begun. Run the same command again: it goes on from there."
    )


def test_a_wait_is_said_again_and_again_without_a_terminal_too(
    account: AwsAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    sleep = account.clock.sleep
    waited = threading.Event()

    def slow(seconds: float) -> None:
        if not waited.is_set():
            waited.wait(0.5)
            waited.set()
        sleep(seconds)

    assert Progress.EVERY_S == 10.0
    monkeypatch.setattr(Progress, "EVERY_S", 0.05)
    monkeypatch.setattr(account.clock, "sleep", slow)
    done = loglake("deploy", "--yes")
    assert done.exit_code == 0
    assert re.search(r"\n.+ \.\.\. \d+ s\n", done.stderr)
