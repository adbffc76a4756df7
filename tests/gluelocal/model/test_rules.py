"""Messages about triggers with a schedule, before anything runs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from support.gluelocal.engines import A, first, model

from gluelocal.model.model import Crawler, Model, Rule, ScheduledCall, Trigger
from gluelocal.model.rules import check_model, idle_triggers, unsupported
from gluelocal.model.schedule_targets import target_call

pytestmark = pytest.mark.unit


def scheduled(expression: str) -> Trigger:
    return Trigger("first", "SCHEDULED", "flow", (A,), start_on_creation=True, schedule=expression, origin="t")


@pytest.mark.parametrize(
    ("trigger", "problems"),
    [
        (scheduled("cron(15 12 * * ? *)"), []),
        (scheduled("rate(1 hour)"), ["t: a SCHEDULED trigger needs a Schedule such as cron(15 12 * * ? *)"]),
        (scheduled(""), ["t: a SCHEDULED trigger needs a Schedule such as cron(15 12 * * ? *)"]),
        (
            scheduled("cron(99 12 * * ? *)"),
            ["t: 'cron(99 12 * * ? *)' is not a schedule: '99' is not within 0 to 59"],
        ),
        (
            replace(first(A), schedule="cron(15 12 * * ? *)", origin="t"),
            ["t: a Schedule belongs to SCHEDULED triggers, not to a EVENT trigger; remove it"],
        ),
    ],
)
def test_schedules_of_triggers(trigger: Trigger, problems: list[str]) -> None:
    of = model(trigger)
    assert check_model(of) == problems
    assert unsupported(of) == []


@pytest.mark.parametrize(
    ("call", "problems"),
    [
        ({}, []),
        ({"expression": "rate(${Minutes} minutes)"}, []),
        (
            {"expression": "hourly"},
            ["t: 'hourly' is not a schedule; write rate(5 minutes), cron(0 6 * * ? *) or at(…)"],
        ),
        (
            {"expression": "at(2026-11-24T10:00:00)", "zone": "Moon/Sea"},
            ["t: 'at(2026-11-24T10:00:00)' is not a schedule: the"],
        ),
        ({"input": "{"}, ["t: the Input of the schedule's target is not JSON: "]),
        (
            {"dead_letter_queue": "arn:aws:sqs:r:1:d.fifo"},
            ["t: the dead-letter queue of a schedule is a standard queue"],
        ),
    ],
)
def test_scheduled_calls(call: dict[str, Any], problems: list[str]) -> None:
    arn = "arn:aws:scheduler:::aws-sdk:s3:putObject"
    one = replace(ScheduledCall("tick", "rate(1 hour)", arn, origin="t"), **call)
    found = check_model(Model(schedules={"tick": one}))
    assert [text[: len(start)] for text, start in zip(found, problems)] == problems
    assert len(found) == len(problems)


def test_the_call_of_a_target_that_is_not_known() -> None:
    call = ScheduledCall("tick", "rate(1 hour)", "arn:aws:lambda:us-east-1:123456789012:function:f")
    with pytest.raises(ValueError, match="is not a target that is known here"):
        target_call(call, "{}", str)


def test_a_queue_takes_any_text_and_an_event_bus_json() -> None:
    queue = ScheduledCall("tick", "rate(1 hour)", "arn:aws:sqs:us-east-1:123456789012:q", input="go", origin="t")
    bus = replace(queue, target="arn:aws:events:us-east-1:123456789012:event-bus/default")
    assert check_model(Model(schedules={"tick": queue})) == []
    (problem,) = check_model(Model(schedules={"tick": bus}))
    assert problem.startswith("t: the Input of the schedule's target is not JSON")


def test_a_target_of_a_schedule_that_is_not_run() -> None:
    one = ScheduledCall("tick", "rate(1 hour)", "arn:aws:lambda:us-east-1:1:function:f", origin="t")
    assert unsupported(Model(schedules={"tick": one})) == [
        "t: the local runtime fires universal targets (arn:aws:scheduler:::aws-sdk:…), queues and event buses only, "
        "not arn:aws:lambda:us-east-1:1:function:f"
    ]


def test_a_queue_beside_a_workflow_needs_no_role() -> None:
    queue = {"Arn": "arn:aws:sqs:r:1:landed"}
    workflow = {"Arn": "arn:aws:glue:r:1:workflow/${Prefix}-landing", "RoleArn": "arn:aws:iam::1:role/r"}
    assert check_model(Model(rules={"wake": Rule("wake", targets=(workflow, queue), origin="t")})) == []


def test_a_rule_whose_workflow_is_only_known_once_it_is_deployed_is_not_judged() -> None:
    target = {"Arn": "arn:aws:glue:r:1:workflow/${Prefix}-export", "RoleArn": "arn:aws:iam::1:role/r"}
    assert check_model(Model(rules={"wake": Rule("wake", targets=(target,), origin="t")})) == []


def test_triggers_that_nobody_started_are_distinguished_from_what_glue_refuses() -> None:
    of = model(replace(scheduled("cron(15 12 * * ? *)"), start_on_creation=False, state=""))
    assert check_model(of) == []
    assert idle_triggers(of) == [
        "t: a SCHEDULED trigger without StartOnCreation: true stays CREATED and never fires; add it"
    ]


def test_an_event_trigger_needs_a_workflow() -> None:
    of = model(first(A), Trigger("alone", "EVENT", "", (A,), origin="t"), Trigger("good", "ON_DEMAND", "", (A,)))
    assert check_model(of) == ["t: an EVENT trigger starts a workflow; give it a WorkflowName"]


@pytest.mark.parametrize(
    ("expression", "problem"),
    [
        ("rate(1 hour)", "t: a crawler's Schedule is an expression such as cron(15 12 * * ? *)"),
        ("cron(99 12 * * ? *)", "t: 'cron(99 12 * * ? *)' is not a schedule: '99' is not within 0 to 59"),
    ],
)
def test_schedules_of_crawlers(expression: str, problem: str) -> None:
    of = replace(model(first(A)), crawlers={"c": Crawler("c", origin="t", schedule=expression)})
    assert check_model(of) == [problem]


def test_retry_policies_and_windows_have_limits() -> None:
    arn = "arn:aws:scheduler:::aws-sdk:s3:putObject"
    call = ScheduledCall("c", "rate(1 hour)", arn, origin="t", max_retries=186, max_event_age_s=59, window_minutes=1441)
    assert check_model(replace(model(first(A)), schedules={"c": call})) == [
        "t: MaximumRetryAttempts is 0 to 185, not 186",
        "t: MaximumEventAgeInSeconds is 60 to 86,400, not 59",
        "t: MaximumWindowInMinutes is 1 to 1,440, not 1441",
    ]
