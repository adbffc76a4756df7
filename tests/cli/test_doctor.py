"""``loglake doctor``: what it prints, and its exit status."""

from __future__ import annotations

import json

import pytest
from support.aws.answering_clients import Refused
from support.deployments.examined_account import NAMES, ExaminedAccount
from typer.testing import CliRunner, Result

from loglake.aws import session
from loglake_cli.cli import doctor as command
from loglake_cli.cli.app import app
from loglake_cli.operations.doctor.finding import Finding
from loglake_cli.operations.doctor.finding import Result as Ended

pytestmark = pytest.mark.unit


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> ExaminedAccount:
    made = ExaminedAccount()
    monkeypatch.setattr(session, "client", made.client)
    return made


def doctor(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["doctor", "--lake", "aws:lake", "--quiet", *arguments])


def test_nothing_is_wrong(account: ExaminedAccount) -> None:
    done = doctor()
    assert done.exit_code == 0
    assert done.stdout.splitlines()[-1].startswith("Nothing is wrong: 0 problems, 0 not proven, ")


def test_a_problem_is_shown_with_its_fix(account: ExaminedAccount) -> None:
    account.rules["lake-request-object"]["State"] = "DISABLED"
    done = doctor()
    assert done.exit_code == 1
    assert (
        "problem  event-rules: State of the rule lake-request-object is DISABLED, and should be ENABLED." in done.stdout
    )
    assert "aws events enable-rule --name lake-request-object" in done.stdout


def test_nothing_deployed_is_one_sentence(account: ExaminedAccount) -> None:
    def absent(_members: object) -> dict[str, object]:
        raise Refused("ValidationError", "Stack with id lake-storage does not exist")

    def gone(_members: object) -> dict[str, object]:
        raise Refused("ResourceNotFoundException", "Requested resource not found")

    account.clients.answers[("cloudformation", "DescribeStacks")] = absent
    account.clients.answers[("dynamodb", "DescribeTable")] = gone
    done = doctor()
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.splitlines() == [
        f"loglake: nothing is deployed with the prefix lake in {NAMES.region} of account {NAMES.account}: run "
        "`loglake deploy`, or name another deployment by --lake aws:PREFIX."
    ]


def test_json_is_one_document(account: ExaminedAccount) -> None:
    account.denied.add("iam:GetRole")
    done = doctor("--json")
    document = json.loads(done.stdout)
    assert (done.exit_code, document["problems"], document["not_proven"]) == (0, 0, 1)
    (finding,) = [each for each in document["findings"] if each["result"] == "not proven"]
    assert finding == {
        "check": "role-trust",
        "result": "not proven",
        "subject": "lake",
        "found": "You may not look: iam:GetRole is not allowed.",
        "why": "A service that can't take on its role starts nothing.",
        "fix": "Allow yourself iam:GetRole.",
    }


def test_a_profile_that_is_not_there_is_bad_usage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobodys")
    done = doctor()
    assert done.exit_code == 2
    assert "nobodys" in done.stderr
    assert "aws configure list-profiles" in done.stderr


def test_smoke_comes_after_the_checks(account: ExaminedAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = Finding("smoke-landing", Ended.PROBLEM, "x", "No run has started.", "It matters.", "loglake status")
    monkeypatch.setattr(command, "deployed", lambda lake: lake.place)
    monkeypatch.setattr(
        command, "take_smoke_test", lambda _account, prefix, _say: (broken,) if prefix == "lake" else ()
    )
    done = doctor("--smoke")
    assert done.exit_code == 1
    assert "problem  smoke-landing: No run has started." in done.stdout
