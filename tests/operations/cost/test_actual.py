"""The actual cost of a deployment, from responses of AWS that botocore's models check."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from support.aws.answering_clients import Answer, Refused
from support.deployments.used_account import (
    NOW,
    SHOP,
    before,
    convert_run,
    crawl,
    export_run,
    paged,
    usage,
    used_account,
    workflow_run,
)

from gluelocal.templates.template_yaml import load_yaml
from loglake_cli.deploy.stacks import ALL_STACKS
from loglake_cli.operations.cost.actual import Usage
from loglake_cli.operations.cost.actual_text import document, notes, part_rows, workflow_rows
from loglake_cli.project_files import STORAGE_TEMPLATE

pytestmark = pytest.mark.unit


def test_all_of_it_can_be_read() -> None:
    assert usage(used_account()).unknown == ()


def parts(found: Usage) -> dict[str, float]:
    return {part.name: part.usd for part in found.parts}


def test_job_runs_and_crawls_are_billed_by_their_dpu() -> None:
    found = usage(used_account())
    shell = (90 + 90 + 60) * 0.0625 / 3600 * 0.44  # a minute at least
    assert parts(found)["export-logs"] == pytest.approx(shell)
    assert parts(found)["convert-logs"] == pytest.approx(180 / 3600 * (0.44 + 0.29))
    # Two minutes are billed as ten.
    assert parts(found)["crawl-lake"] == pytest.approx((0.1 * 5 + 0.5) * 0.44)
    assert found.at_most == 0


def test_what_is_older_than_the_days_is_not_asked_for_or_counted() -> None:
    account = used_account()
    runs = [[export_run(9, before(days=40))], [export_run(8, before(days=41))], [export_run(7, before(days=42))]]
    account.answers["glue", "GetJobRuns"] = paged("JobRuns", *runs)
    assert parts(usage(account))["export-logs"] == 0
    assert account.calls.count(("glue", "GetJobRuns")) == 2, "the first page of each job says it"


def test_runs_are_counted_by_workflow_and_by_whether_they_did_something() -> None:
    found = usage(used_account())
    assert [(each.name, each.runs, each.idle_runs) for each in found.workflows] == [
        ("log-export", 5, 2),
        ("log-landing", 0, 0),
        ("log-catalog", 2, 0),
    ]
    assert found.idle == (2, 5)
    assert found.idle_usd == pytest.approx((90 * 0.0625 + 180) / 3600 * 0.44)
    assert sum(each.usd for each in found.workflows) == pytest.approx(
        sum(parts(found)[name] for name in ("export-logs", "convert-logs", "crawl-lake"))
    )


def test_a_run_without_the_id_of_its_workflow_run_is_found_by_its_time() -> None:
    account = used_account()
    lone = export_run(2, before(hours=2) + timedelta(minutes=1), Arguments={})
    landed = convert_run(0, before(hours=9), Arguments={}, TriggerName="lake-log-landing-wake")
    asked = convert_run(0, before(hours=9), Arguments={})
    del asked["TriggerName"]
    account.answers["glue", "GetJobRuns"] = lambda request: {
        "JobRuns": [lone] if "export" in request["JobName"] else [landed, asked]
    }
    found = usage(account)
    assert found.idle == (0, 1)
    assert [(each.name, each.runs) for each in found.workflows] == [
        ("log-export", 1),
        ("log-landing", 1),
        ("log-catalog", 2),
        ("by hand", 1),
    ]


def test_a_run_that_goes_on_is_not_counted_and_one_without_a_report_not_as_idle() -> None:
    account = used_account()
    going = convert_run(1, before(hours=1))
    del going["CompletedOn"]
    account.answers["glue", "GetWorkflowRuns"] = lambda request: {
        "Runs": [workflow_run(2, before(hours=2), convert="no JSON"), workflow_run(1, before(hours=3))]
    }
    account.answers["glue", "GetJobRuns"] = lambda request: {
        "JobRuns": [] if "export" in request["JobName"] else [going, convert_run(2, before(hours=2))]
    }
    found = usage(account)
    assert (found.workflows[0].runs, found.idle) == (1, (0, 0))
    assert not any("did nothing" in note for note in notes(found))


def test_where_glue_does_not_say_what_was_used_it_is_the_most() -> None:
    account = used_account()
    unsaid = convert_run(3, before(hours=1))
    del unsaid["DPUSeconds"]
    account.answers["glue", "GetJobRuns"] = lambda request: {
        "JobRuns": [] if "export" in request["JobName"] else [unsaid]
    }
    account.answers["glue", "ListCrawls"] = lambda request: {"Crawls": [crawl(before(hours=1), 60)]}
    found = usage(account)
    assert parts(found)["convert-logs"] == pytest.approx(90 * 5 / 3600 * 0.44)
    assert parts(found)["crawl-lake"] == pytest.approx(2 / 6 * 0.44)
    assert found.at_most == 2
    assert any("does not say the DPU of 2 runs" in note for note in notes(found))


def test_the_other_services_are_read() -> None:
    found = usage(used_account())
    assert parts(found)["Athena scans"] == pytest.approx((2e12 + 10e6) / 1e12 * 5), "10 MB at least, nothing for none"
    assert parts(found)["S3 storage, raw"] == pytest.approx(50 * 0.023), "the newest size"
    assert parts(found)["DynamoDB requests"] == pytest.approx(4 * 0.625), "of the table and its index"
    assert parts(found)["Firehose"] == pytest.approx(10 * 0.029)
    assert parts(found)["metrics"] == pytest.approx(2 * 0.3)
    assert parts(found)["alarms"] == pytest.approx(2 * 0.1)
    assert parts(found)["dashboards"] == pytest.approx(3)
    assert "2 alarms on 2 metrics" in " ".join(part.how for part in found.parts)


def test_what_is_billed_by_the_month_counts_for_the_days() -> None:
    week = usage(used_account(), days=7)
    assert parts(week)["dashboards"] == pytest.approx(3 * 7 / 30)
    assert week.usd_a_month == pytest.approx(week.usd / 7 * 30)


def test_without_a_workgroup_there_is_no_part_of_athena() -> None:
    account = used_account()
    account.answers["athena", "ListWorkGroups"] = paged("WorkGroups", [{"Name": "primary"}])
    found = usage(account)
    assert "Athena scans" not in parts(found)
    assert found.unknown == ()


@pytest.mark.parametrize(
    ("service", "operation", "action", "what"),
    [
        ("glue", "GetJobRuns", "glue:GetJobRuns", "the job runs"),
        ("glue", "ListCrawls", "glue:ListCrawls", "the crawls"),
        ("athena", "ListWorkGroups", "athena:ListWorkGroups", "what Athena scanned"),
        ("cloudwatch", "DescribeAlarms", "cloudwatch:DescribeAlarms", "the alarms"),
        ("cloudwatch", "ListDashboards", "cloudwatch:ListDashboards", "the dashboards"),
    ],
)
def test_what_may_not_be_read_is_named_with_its_permission(
    service: str, operation: str, action: str, what: str
) -> None:
    account = used_account()

    def refuse(_: object) -> Any:
        raise Refused("AccessDeniedException", f"User x is not authorized to perform: {action} on resource: *")

    account.answers[service, operation] = refuse
    found = usage(account)
    assert found.unknown == ((what, f"{action} is not allowed: grant it to read this."),)
    assert f"Not known: {what}. {action} is not allowed: grant it to read this." in notes(found)
    assert len(found.parts) > 5, "the rest is there"


def test_a_service_that_does_not_answer_is_said_too() -> None:
    account = used_account()
    del account.answers["athena", "ListWorkGroups"]
    ((what, why),) = usage(account).unknown
    assert what == "what Athena scanned"
    assert "ListWorkGroups is not answered here" in why


def test_a_job_that_is_not_there_is_said_and_the_rest_is_read() -> None:
    account = used_account()

    def missing(_: object) -> Any:
        raise Refused("EntityNotFoundException", "Job lake-export-logs is not found.")

    account.answers["glue", "GetJobRuns"] = missing
    found = usage(account)
    ((what, why),) = found.unknown
    assert (what, "lake-export-logs" in why) == ("the job runs", True)
    assert parts(found)["crawl-lake"] > 0


def test_the_tables_and_the_document_say_the_same() -> None:
    found = usage(used_account(), days=100)
    made = document(found)
    assert made["usd"] == pytest.approx(sum(part["usd"] for part in made["parts"]))
    assert part_rows(found)[-1][1] == f"{made['usd']:,.2f}"
    assert [each[0] for each in workflow_rows(found)] == [each["name"] for each in made["workflows"]]
    assert made["idle"] == {"runs": 2, "of": 5, "share": 0.4, "usd": found.idle_usd}
    assert made["log_groups"][0]["log_group"] == SHOP
    assert any("Glue keeps job runs" in note for note in made["notes"])
    assert any("Athena keeps queries" in note for note in made["notes"])
    assert made["from"].startswith(f"{NOW - timedelta(days=100):%Y-%m-%d}")


_NAMING = ("JobName", "CrawlerName", "WorkGroup", "Value")
_ELSE = {
    "pending",
    "StandardStorage",
    "StandardIAStorage",
    "GlacierInstantRetrievalStorage",
    "IntelligentTieringFAStorage",
}
"""An index of the ledger, and the storage types of S3."""


def test_aws_is_asked_by_the_names_of_the_templates() -> None:
    """A name that is in no template would find nothing, and nobody would notice."""
    account, asked = used_account(), set[str]()

    def listening(answer: Answer) -> Answer:
        def answered(request: Mapping[str, Any]) -> Mapping[str, Any]:
            for each in (request, *request.get("Dimensions", [])):
                asked.update(str(each[name]) for name in _NAMING if name in each)
            return answer(request)

        return answered

    account.answers = {call: listening(answer) for call, answer in account.answers.items()}
    usage(account)
    pseudo = {"${Prefix}": "lake", "${AWS::AccountId}": "123456789012", "${AWS::Region}": "eu-central-1"}
    declared = {"lake"}  # of the workgroup: {"Ref": "Prefix"}
    for stack in ALL_STACKS:
        for resource in load_yaml(stack.path)["Resources"].values():
            for value in resource["Properties"].values():
                text = value.get("Fn::Sub", "") if isinstance(value, dict) else ""
                for name, instead in pseudo.items():
                    text = text.replace(name, instead) if isinstance(text, str) else ""
                declared.add(text)
    assert asked - _ELSE <= declared
    assert {"lake-ledger", "lake-landing", "lake-crawl-lake", "lake-results-123456789012-eu-central-1"} <= asked
    assert "IndexName: pending" in STORAGE_TEMPLATE.read_text("utf-8")
