"""`loglake destroy` with all templates."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.deployments.operated import loglake

if TYPE_CHECKING:
    from support.deployments.aws_account import AwsAccount

pytestmark = pytest.mark.unit

LEDGER = "loglake-ledger"
END = "123456789012-eu-central-1"
BUCKETS = {f"loglake-{use}-{END}" for use in ("control", "raw", "lake", "results")}


@pytest.fixture
def deployed(account: AwsAccount) -> AwsAccount:
    assert loglake("deploy", "--yes", "--enable-schedule").exit_code == 0
    account.objects[f"loglake-raw-{END}"] = {f"exports/{number}.gz": 10 for number in range(3)}
    account.items = 42
    account.clients.calls.clear()
    Path("loglake.yaml").write_text("prefix: loglake\n")
    return account


def test_it_says_what_stays_and_asks_for_the_name(deployed: AwsAccount) -> None:
    done = loglake("destroy", answer="loglak\n")
    assert done.exit_code == 3
    assert f"The bucket loglake-raw-{END} is kept\n" in done.stdout
    assert f"The ledger {LEDGER} is kept: about 42 items, 7 bytes" in done.stdout
    assert "Add --delete-data to delete these, too." in done.stdout
    assert "Type loglake to destroy it" in done.stdout
    assert deployed.called("DeleteStack", "ExecuteChangeSet", "DeleteObjects", "ListObjectVersions") == []


def test_stacks_go_in_reverse_with_the_schedule_off_first_and_data_stays(deployed: AwsAccount) -> None:
    done = loglake("destroy", answer="loglake\n")
    assert (done.exit_code, done.stdout.splitlines()[-1]) == (0, "The stacks are gone; the data is still there.")
    assert deployed.cloudformation.account >= BUCKETS | {LEDGER}
    order = [
        call.parameters["StackName"].split("/")[1] for call in deployed.clients.calls if call.operation == "DeleteStack"
    ]
    assert order == [f"loglake-{name}" for name in ("events", "monitoring", "query", "log-lake", "access", "storage")]
    changing = deployed.called("ExecuteChangeSet", "DeleteStack")
    assert changing[0] == "ExecuteChangeSet"
    assert "Turning the schedule off" in done.stderr


def test_what_was_kept_is_taken_in_by_the_next_deployment(deployed: AwsAccount) -> None:
    loglake("destroy", "--confirm", "loglake")
    plan = json.loads(loglake("deploy", "--dry-run", "--json").stdout)["plan"]["stacks"]
    assert {each["logical_id"] for each in plan[0]["changes"] if each["effect"] == "imported"} == {
        "Control",
        "Raw",
        "Lake",
        "Ledger",
        "ControlPolicy",
        "RawPolicy",
        "LakePolicy",
    }
    assert loglake("deploy", "--yes").exit_code == 0
    assert len(deployed.objects[f"loglake-raw-{END}"]) == 3


def test_data_goes_only_if_that_is_said(deployed: AwsAccount) -> None:
    done = loglake("destroy", "--delete-data", "--confirm", "loglake", "--json")
    assert done.exit_code == 0, done.output
    document = json.loads(done.stdout)
    raw = next(each for each in document["buckets"] if each["name"] == f"loglake-raw-{END}")
    assert (document["status"], raw["objects"], raw["bytes"]) == ("destroyed", 3, 30)
    assert deployed.cloudformation.account == set()


def test_data_of_a_deployment_without_stacks_can_still_go(deployed: AwsAccount) -> None:
    loglake("destroy", "--confirm", "loglake")
    again = loglake("destroy")
    assert (again.exit_code, again.stdout.splitlines()[-1]) == (0, "There is nothing to do.")
    assert loglake("destroy", "--delete-data", "--confirm", "loglake").exit_code == 0
    assert deployed.cloudformation.account == set()


def test_a_dry_run_counts_and_changes_nothing(deployed: AwsAccount) -> None:
    done = loglake("destroy", "--delete-data", "--dry-run")
    assert f"The bucket loglake-raw-{END} is deleted: 3 objects, 30 bytes" in done.stdout
    assert done.stdout.endswith("Dry run: nothing was changed.\n")
    assert deployed.called("DeleteStack", "CreateChangeSet", "DeleteObjects", "DeleteBucket", "DeleteTable") == []


def test_running_jobs_are_shown_and_waited_for(deployed: AwsAccount) -> None:
    deployed.runs["loglake-convert-logs"] = [["RUNNING"], ["RUNNING"], []]
    done = loglake("destroy", "--confirm", "loglake")
    assert (done.exit_code, "since the job loglake-convert-logs is RUNNING" in done.stderr) == (0, True)
    assert "Now the job loglake-convert-logs is RUNNING." in done.stdout


def test_a_run_without_an_end_ends_it_after_two_hours(deployed: AwsAccount) -> None:
    deployed.runs["loglake-convert-logs"] = [["RUNNING"]]
    done = loglake("destroy", "--confirm", "loglake")
    assert done.exit_code == 1
    assert "took more than 120 minutes. Run the same command again" in done.stderr
    assert deployed.called("DeleteTable", "DeleteBucket") == []


def test_a_stack_that_can_not_be_deleted_says_why_and_the_next_time_goes_on(deployed: AwsAccount) -> None:
    deployed.cloudformation.fails["ExportRole"] = "Cannot delete entity, must detach all policies first."
    done = loglake("destroy", "--confirm", "loglake")
    assert done.exit_code == 1
    assert "loglake-access is DELETE_FAILED: ExportRole (IAM Role) failed: Cannot delete entity" in done.stderr
    deployed.cloudformation.fails.clear()
    assert loglake("destroy", "--confirm", "loglake").exit_code == 0
    assert deployed.cloudformation.stacks == {}


def test_a_bucket_that_keeps_an_object_is_told(deployed: AwsAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(**_: object) -> object:
        return {"Errors": [{"Key": "exports/1.gz", "Code": "AccessDenied", "Message": "Object Lock"}]}

    monkeypatch.setattr(deployed, "_DeleteObjects", locked)
    done = loglake("destroy", "--delete-data", "--confirm", "loglake")
    assert done.exit_code == 1
    assert f"loglake-raw-{END} can't be emptied: exports/1.gz: Object Lock." in done.stderr or "can't be emptied" in (
        done.stderr
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--confirm", "other"), "--confirm is other, and the deployment is loglake: nothing was changed."),
        (("--json",), "--json can't ask: add --confirm PREFIX or --dry-run."),
    ],
)
def test_what_can_not_be_meant_is_a_sentence(deployed: AwsAccount, arguments: tuple[str, ...], message: str) -> None:
    done = loglake("destroy", *arguments)
    assert (done.exit_code, message in done.stderr) == (2, True), done.output
    assert len(deployed.cloudformation.stacks) == 6


@pytest.mark.parametrize("options", [(), ("--lake", "aws:loglake")])
def test_what_loglake_yaml_has_elsewhere_is_not_destroyed(deployed: AwsAccount, options: tuple[str, ...]) -> None:
    Path("loglake.yaml").write_text("region: eu-west-1")
    done = loglake("destroy", "--confirm", "loglake", *options)
    assert (done.exit_code, "is for the Region eu-west-1" in done.stderr) == (2, True), done.output
    assert len(deployed.cloudformation.stacks) == 6
