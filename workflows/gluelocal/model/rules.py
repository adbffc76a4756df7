"""Rules for a model: finds what Glue would refuse or what would never fire, as sentences with template and logical id.

A template can be valid for CloudFormation and its linters, and still have a workflow that stops half-way. Sources: the
Glue API (CreateWorkflow, CreateJob, CreateCrawler) and the developer guide's pages on triggers and workflows.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from athena_duckdb.errors import ConfigError
from gluelocal.model.model import Crawler, Job, Model, Rule, ScheduledCall, Trigger, Workflow
from gluelocal.model.schedule_targets import is_json, is_known
from gluelocal.model.schedules import read_schedule
from gluelocal.model.trigger_rules import START_TYPES, TRIGGER_RULES, Problems, Rules, broken, cron_problems

_UNRESOLVED = "${"
"""Part of a name that is known only after deployment; such a name can't be checked."""


def check_model(model: Model) -> list[str]:
    """Every problem of the model, in the order of triggers, workflows, jobs and rules; empty if there is none."""
    rules: tuple[tuple[Mapping[str, Any], Callable[[Model, Any], Problems]], ...] = (
        (model.triggers, trigger_problems),
        (model.workflows, _workflow),
        (model.jobs, job_problems),
        (model.crawlers, crawler_problems),
        (model.rules, _event_rule),
        (model.schedules, _scheduled_call),
    )
    checked = ((item, rule) for items, rule in rules for item in items.values())
    return [f"{item.origin}: {problem}" for item, rule in checked for problem in rule(model, item)]


def idle_triggers(model: Model) -> list[str]:
    """Triggers that Glue accepts but that fire only after StartTrigger: a template seldom means this."""
    problem = "trigger without StartOnCreation: true stays CREATED and never fires; add it"
    return [
        f"{trigger.origin}: a {trigger.type} {problem}"
        for trigger in model.triggers.values()
        if trigger.type in {"CONDITIONAL", "SCHEDULED"} and not trigger.start_on_creation
    ]


def unsupported(model: Model) -> list[str]:
    """Features that Glue runs and the local runtime doesn't."""
    jobs = (
        f"{job.origin}: the local runtime runs pythonshell and glueetl jobs, not {job.command}"
        for job in model.jobs.values()
        if job.command not in {"pythonshell", "glueetl"}
    )
    calls = (
        f"{call.origin}: the local runtime fires universal targets (arn:aws:scheduler:::aws-sdk:…), queues and event "
        f"buses only, not {call.target}"
        for call in model.schedules.values()
        if not is_known(call)
    )
    return [*jobs, *calls]


def trigger_problems(model: Model, trigger: Trigger) -> Problems:
    """What Glue would refuse in a trigger."""
    for rule in TRIGGER_RULES:
        yield from rule(model, trigger)


def _workflow(model: Model, workflow: Workflow) -> Problems:
    limit = workflow.max_concurrent_runs
    if limit is not None and limit < 1:
        yield f"MaxConcurrentRuns is {limit}, so no run could start; leave it out for no limit"
    triggers = model.triggers_of(workflow.name)
    starts = [trigger.name for trigger in triggers if trigger.type in START_TYPES]
    if len(starts) != 1:
        listed = f": {', '.join(starts)}" if starts else ""
        yield f"a workflow has one start trigger (ON_DEMAND, SCHEDULED or EVENT), not {len(starts)}{listed}"
    reached = _reached(triggers)
    for trigger in triggers:
        if trigger.name not in reached and trigger.predicate and trigger.predicate.conditions:
            yield f"{trigger.name} waits for something that no trigger before it starts, so it never fires"


def _reached(triggers: tuple[Trigger, ...]) -> set[str]:
    """The triggers that can fire if every action ends in the state that they want."""
    reached: set[str] = set()
    started: set[str] = set()
    while True:
        new = {trigger.name for trigger in triggers if trigger.name not in reached and _can_fire(trigger, started)}
        if not new:
            return reached
        reached |= new
        started |= {
            action.job_name or action.crawler_name
            for trigger in triggers
            if trigger.name in new
            for action in trigger.actions
        }


def _can_fire(trigger: Trigger, started: set[str]) -> bool:
    if trigger.predicate is None or trigger.type != "CONDITIONAL":
        return trigger.type in START_TYPES
    met = [(item.job_name or item.crawler_name) in started for item in trigger.predicate.conditions]
    return all(met) if trigger.predicate.logical == "AND" else any(met)


_JOB: Rules = (
    (
        lambda job: job.command == "pythonshell" and not re.fullmatch(r"[23]|3[.]9", job.python_version),
        "a Python shell job runs on PythonVersion 3.9 at most, not {.python_version}",
    ),
    (
        lambda job: job.command == "pythonshell" and job.max_capacity not in {None, 0.0625, 1.0},
        "the MaxCapacity of a Python shell job is 0.0625 or 1, not {.max_capacity}",
    ),
    (
        lambda job: not 1 <= job.timeout_minutes < 10_080,
        "a job's Timeout is 1 to 10,079 minutes, not {.timeout_minutes}",
    ),
    (lambda job: not 0 <= job.max_retries <= 10, "a job's MaxRetries is 0 to 10, not {.max_retries}"),
    (
        lambda job: job.job_run_queuing and job.max_retries,
        "JobRunQueuingEnabled needs MaxRetries 0, not {.max_retries}",
    ),
    (
        lambda job: job.job_run_queuing and job.execution_class == "FLEX",
        "JobRunQueuingEnabled needs the ExecutionClass STANDARD, not FLEX",
    ),
    (lambda job: job.max_concurrent_runs < 1, "MaxConcurrentRuns is {.max_concurrent_runs}, so no run could start"),
    (
        lambda job: not job.script_location.startswith(("s3://", _UNRESOLVED)),
        "ScriptLocation must be an S3 URI, not {.script_location}",
    ),
)

_SCHEDULED: Rules = (
    (lambda call: not 0 <= call.max_retries <= 185, "MaximumRetryAttempts is 0 to 185, not {.max_retries}"),
    (
        lambda call: not 60 <= call.max_event_age_s <= 86_400,
        "MaximumEventAgeInSeconds is 60 to 86,400, not {.max_event_age_s}",
    ),
    (
        lambda call: call.dead_letter_queue.endswith(".fifo"),
        "the dead-letter queue of a schedule is a standard queue, not {.dead_letter_queue}",
    ),
    (
        lambda call: not 0 <= call.window_minutes <= 1440,
        "MaximumWindowInMinutes is 1 to 1,440, not {.window_minutes}",
    ),
)


def job_problems(_: Model, job: Job) -> Problems:
    """What Glue would refuse in a job."""
    return broken(_JOB, job)


def crawler_problems(_: Model, crawler: Crawler) -> Problems:
    """What Glue would refuse in a crawler."""
    if crawler.schedule:
        yield from cron_problems(crawler.schedule, "a crawler's Schedule is an expression")


def _scheduled_call(_: Model, call: ScheduledCall) -> Problems:
    if _UNRESOLVED in call.expression + call.zone + call.input:
        return
    yield from broken(_SCHEDULED, call)
    try:
        read_schedule(call.expression, call.zone)
        if is_json(call):
            json.loads(call.input)
    except ConfigError as error:
        yield str(error)
    except ValueError as error:
        yield f"the Input of the schedule's target is not JSON: {error}"


def _event_rule(model: Model, rule: Rule) -> Problems:
    for target in rule.targets:
        if ":workflow/" in str(target.get("Arn")) and not target.get("RoleArn"):
            yield "a target that is a Glue workflow needs a RoleArn that allows glue:notifyEvent; add it"
        queue = str(target.get("DeadLetterConfig", {}).get("Arn", ""))
        if queue.endswith(".fifo"):
            yield f"the dead-letter queue of a target is a standard queue, not {queue}"
    for name in rule.workflow_names():
        if _UNRESOLVED in name:
            continue
        if name not in model.workflows:
            yield f"the rule's target is the workflow {name}, which is not in the templates; correct the Arn"
        elif not any(trigger.type == "EVENT" for trigger in model.triggers_of(name)):
            yield f"the rule's target is the workflow {name}, which has no EVENT trigger, so no event starts it"
