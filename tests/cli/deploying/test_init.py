"""`loglake init`."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.deployments.operated import loglake

from loglake_cli.deploy.artifacts import read_datasets
from loglake_cli.deploy.settings.settings import read_settings
from loglake_cli.operations.deploying.blueprints import OPTIONAL, parameters_of_all

if TYPE_CHECKING:
    from support.deployments.aws_account import AwsAccount

pytestmark = pytest.mark.unit


@pytest.fixture
def logs(account: AwsAccount) -> AwsAccount:
    """An account with log groups of many kinds."""
    groups = {
        "/app/shop": ['{"level": "INFO", "message": "paid", "order": 7}'] * 20,
        "/app/mixed": ['{"a": 1}'] * 10 + ["2026-11-24 12:00:00,000 - x - INFO - hello"] * 10,
        "/app/quiet": [],
        "/aws/lambda/pay": ["START RequestId: 8e0b5a7e-4e3b-4b6e-9a57-5d2f6f2c1a11 Version: $LATEST"] * 5,
        "/aws/lambda/mail": ["END RequestId: 8e0b5a7e-4e3b-4b6e-9a57-5d2f6f2c1a11"] * 5,
        "/aws-glue/jobs/output": ["hello"],
        "/app/rare#1": ["plain words"] * 5,
    }
    for number, (name, texts) in enumerate(groups.items()):
        account.log_groups[name] = {"logGroupName": name, "storedBytes": 1_000_000 * number}
        account.events[name] = texts
    account.log_groups["/app/shop"]["retentionInDays"] = 30
    account.log_groups["/app/cheap"] = {"logGroupName": "/app/cheap", "logGroupClass": "INFREQUENT_ACCESS"}
    account.bytes_a_day = 3e8
    return account


def test_both_files_are_written_with_the_formats_of_the_log_groups(logs: AwsAccount) -> None:
    done = loglake("init")
    assert done.exit_code == 0, done.output
    datasets = read_datasets(Path("datasets.yaml"))
    formats = {entry.log_groups[0]: (entry.table, entry.format) for entry in datasets.entries}
    assert formats == {
        "/aws/lambda/*": ("aws_lambda", "lambda"),
        "/app/mixed": ("app_mixed", "auto"),
        "/app/quiet": ("app_quiet", "auto"),
        "/app/rare#1": ("app_rare_1", "text"),
        "/app/shop": ("app_shop", "json"),
    }
    text = Path("datasets.yaml").read_text()
    assert "kept for 30 days, 300.0 MB a day; 20 of 20 recent events are json." in text
    assert "#   /aws-glue/jobs/output: Glue's own jobs write it, loglake's among them" in text
    assert "#   /app/cheap: of the class INFREQUENT_ACCESS, which can't be exported" in text
    assert "Left out: /aws-glue/jobs/output, Glue's own jobs write it" in done.stdout


def test_the_settings_file_names_account_and_volume_and_deploys_as_it_is(logs: AwsAccount) -> None:
    loglake("init")
    settings = read_settings(Path("loglake.yaml"), parameters_of_all(), OPTIONAL)
    assert (settings.account, settings.region, settings.datasets) == (
        "123456789012",
        "eu-central-1",
        Path("datasets.yaml"),
    )
    assert settings.volume == {"log_groups": 6, "gb_per_day": 1.8}
    done = loglake("deploy", "--yes", "--json")
    assert (done.exit_code, json.loads(done.stdout)["settings"]) == (0, "loglake.yaml"), done.output
    again = json.loads(loglake("deploy", "--yes", "--json").stdout)
    assert again["plan"]["changes_nothing"] is True


def test_each_parameter_is_in_the_settings_file_with_its_default(logs: AwsAccount) -> None:
    """Writing all of them out does not change a deployment."""
    loglake("init")
    path = Path("loglake.yaml")
    path.write_text(re.sub(r"^  # ([A-Z][A-Za-z]+: )", r"  \1", path.read_text(), flags=re.MULTILINE))
    named = read_settings(path, parameters_of_all(), OPTIONAL).parameters
    assert named is not None
    declared = {name: item for items in parameters_of_all().values() for name, item in items.items()}
    own = {name for name, item in declared.items() if "Default" in item}
    by_itself = {"Prefix", "ScheduleState", "TransformsUri", "RedactSecretArn", "RedactParameterArn"}
    assert own - set(named) == {*by_itself, "DeliveryStreamName", "AlarmTopicArn"}
    assert {name: str(declared[name]["Default"]) for name in named} == named


def test_files_that_are_there_are_not_replaced_without_asking(logs: AwsAccount) -> None:
    Path("datasets.yaml").write_text("mine")
    done = loglake("init", answer="n\n")
    assert (done.exit_code, Path("datasets.yaml").read_text(), Path("loglake.yaml").exists()) == (3, "mine", False)
    assert logs.called() == []
    assert loglake("init", "--json").exit_code == 2
    assert loglake("init", answer="y\n").exit_code == 0
    assert Path("datasets.yaml").read_text() != "mine"
    document = json.loads(loglake("init", "--yes", "--json").stdout)
    assert document["written"] == ["loglake.yaml", "datasets.yaml"]
    assert {"log_group": "/app/shop", "format": "json"} in document["exported"]


def test_a_dry_run_writes_nothing_and_asks_nothing(logs: AwsAccount) -> None:
    Path("datasets.yaml").write_text("mine")
    done = loglake("init", "--dry-run")
    assert (done.exit_code, Path("datasets.yaml").read_text(), Path("loglake.yaml").exists()) == (0, "mine", False)
    assert "loglake.yaml and datasets.yaml would be written, with 6 log groups." in done.stdout
    assert json.loads(loglake("init", "--dry-run", "--json").stdout)["dry_run"] is True


def test_log_groups_whose_events_may_not_be_read_are_taken_as_they_come(logs: AwsAccount) -> None:
    logs.clients.denied.update(FilterLogEvents="Access Denied", GetMetricStatistics="Access Denied")
    assert loglake("init", "--into", "new").exit_code == 0
    assert {entry.format for entry in read_datasets(Path("new/datasets.yaml")).entries} == {"auto", "lambda"}
    assert "gb_per_day: 0.1 # a guess: nobody could measure it" in Path("new/loglake.yaml").read_text()


def test_an_account_without_log_groups_has_nothing_to_begin_with(account: AwsAccount) -> None:
    done = loglake("init")
    assert done.exit_code == 2
    assert "account 123456789012 has no log group to export in eu-central-1" in done.stderr
    account.clients.denied["DescribeLogGroups"] = "Access Denied"
    done = loglake("init")
    assert (done.exit_code, "logs:DescribeLogGroups on * is not allowed" in done.stderr) == (1, True)
