"""What Glue would refuse, or what would never fire: rules over a model, each a sentence with template and logical id.

A template can be valid for CloudFormation and its linters and still hold a workflow that stops half-way. Sources: the
Glue API (CreateTrigger, CreateJob) and the developer guide's pages on triggers and workflows.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator

from glue_jobs.errors import ConfigError
from workflows.local.engine.model import Action, Condition, Job, Model, Rule, ScheduledCall, Trigger
from workflows.local.engine.schedules import read_schedule

LISTENABLE_JOB_STATES = {"SUCCEEDED", "STOPPED", "FAILED", "TIMEOUT"}
LISTENABLE_CRAWL_STATES = {"SUCCEEDED", "FAILED", "CANCELLED"}
_START_TYPES = {"ON_DEMAND", "SCHEDULED", "EVENT"}
_UNRESOLVED = "${"
"""In a name: a value that is only known once the stacks are deployed, so nothing can be said about it."""

UNIVERSAL_TARGET = re.compile(r"arn:[\w-]+:scheduler:::aws-sdk:(\w+):(\w+)")
"""EventBridge Scheduler user guide, "Using universal targets": the service and the API action."""

Problems = Iterator[str]


def check_model(model: Model) -> list[str]:
    """Every problem of the model, in the order of its triggers, workflows, jobs and rules; empty when it is good."""
    problems: list[str] = []
    for trigger in model.triggers.values():
        for rule in _TRIGGER_RULES:
            problems += (f"{trigger.origin}: {problem}" for problem in rule(model, trigger))
    for name in model.workflows:
        problems += (f"{model.workflows[name].origin}: {problem}" for problem in _workflow(model, name))
    for job in model.jobs.values():
        problems += (f"{job.origin}: {problem}" for problem in _job(job))
    for event_rule in model.rules.values():
        problems += (f"{event_rule.origin}: {problem}" for problem in _event_rule(model, event_rule))
    for call in model.schedules.values():
        problems += (f"{call.origin}: {problem}" for problem in _scheduled_call(call))
    return problems


def unsupported(model: Model) -> list[str]:
    """What Glue would run and the local runtime doesn't."""
    problems = [
        f"{trigger.origin}: the local runtime runs triggers of workflows only; give it a WorkflowName"
        for trigger in model.triggers.values()
        if not trigger.workflow_name
    ]
    problems += (
        f"{job.origin}: the local runtime runs pythonshell and glueetl jobs, not {job.command}"
        for job in model.jobs.values()
        if job.command not in {"pythonshell", "glueetl"}
    )
    problems += (
        f"{call.origin}: the local runtime fires universal targets (arn:aws:scheduler:::aws-sdk:…) only, "
        f"not {call.target}"
        for call in model.schedules.values()
        if not UNIVERSAL_TARGET.fullmatch(call.target)
    )
    return problems


def _names(model: Model, trigger: Trigger) -> Problems:
    if trigger.type not in {*_START_TYPES, "CONDITIONAL"}:
        yield f"the Type is {trigger.type}; Glue has ON_DEMAND, SCHEDULED, CONDITIONAL and EVENT"
    if trigger.workflow_name and trigger.workflow_name not in model.workflows:
        yield f"the workflow {trigger.workflow_name} is not in the templates; correct WorkflowName"
    if not trigger.actions:
        yield "the trigger has no Actions, so it starts nothing; add one"
    for action in trigger.actions:
        yield from _action(model, action)
    if sum(1 for action in trigger.actions if action.crawler_name) > 2:
        yield "a trigger starts at most two crawlers; move the others to another trigger"


def _action(model: Model, action: Action) -> Problems:
    if bool(action.job_name) == bool(action.crawler_name):
        yield "an action names either a JobName or a CrawlerName"
    elif action.job_name and action.job_name not in model.jobs:
        yield f"the action starts the job {action.job_name}, which is not in the templates; correct JobName"
    elif action.crawler_name and action.crawler_name not in model.crawlers:
        yield f"the action starts the crawler {action.crawler_name}, which is not in the templates; correct CrawlerName"
    if action.timeout_minutes is not None and not 1 <= action.timeout_minutes < 10_080:
        yield f"an action's Timeout is 1 to 10,079 minutes, not {action.timeout_minutes}"


def _activation(_: Model, trigger: Trigger) -> Problems:
    if trigger.type in {"CONDITIONAL", "SCHEDULED"} and not trigger.start_on_creation:
        yield f"a {trigger.type} trigger without StartOnCreation: true stays CREATED and never fires; add it"
    if trigger.type == "ON_DEMAND" and trigger.start_on_creation:
        yield "Glue refuses StartOnCreation: true on an ON_DEMAND trigger; remove it"


def _schedule(_: Model, trigger: Trigger) -> Problems:
    if trigger.type != "SCHEDULED":
        if trigger.schedule:
            yield f"a Schedule belongs to SCHEDULED triggers, not to a {trigger.type} trigger; remove it"
    elif not trigger.schedule.startswith("cron("):
        yield "a SCHEDULED trigger needs a Schedule such as cron(15 12 * * ? *)"
    else:
        try:
            read_schedule(trigger.schedule)
        except ConfigError as error:
            yield str(error)


def _batching(_: Model, trigger: Trigger) -> Problems:
    batching = trigger.event_batching_condition
    if batching is None:
        return
    if trigger.type != "EVENT":
        yield f"EventBatchingCondition belongs to EVENT triggers, not to a {trigger.type} trigger; remove it"
    if not 1 <= batching.batch_size <= 100:
        yield f"BatchSize is 1 to 100 events, not {batching.batch_size}"
    if not 1 <= batching.batch_window_s <= 900:
        yield f"BatchWindow is 1 to 900 seconds, not {batching.batch_window_s}"


def _predicate(model: Model, trigger: Trigger) -> Problems:
    predicate = trigger.predicate
    if trigger.type != "CONDITIONAL":
        if predicate is not None:
            yield f"a {trigger.type} trigger starts a workflow, so it can't have a Predicate; make it CONDITIONAL"
        return
    if predicate is None or not predicate.conditions:
        yield "a CONDITIONAL trigger needs a Predicate with Conditions; add it"
        return
    if predicate.logical not in {"AND", "ANY"}:
        yield f"the Logical of a Predicate is AND or ANY, not {predicate.logical}"
    for condition in predicate.conditions:
        yield from _condition(model, condition)
    if predicate.logical == "AND":
        yield from _contradictions(predicate.conditions)


def _condition(model: Model, condition: Condition) -> Problems:
    if bool(condition.job_name) == bool(condition.crawler_name):
        yield "a condition names either a JobName or a CrawlerName"
        return
    if condition.logical_operator != "EQUALS":
        yield f"the LogicalOperator of a condition is EQUALS, not {condition.logical_operator}"
    if condition.job_name:
        if condition.job_name not in model.jobs:
            yield f"the condition listens to the job {condition.job_name}, which is not in the templates"
        if condition.state not in LISTENABLE_JOB_STATES:
            states = sorted(LISTENABLE_JOB_STATES)
            yield f"a condition can't listen for the job State {condition.state!r}, only for {states}"
        return
    if condition.crawler_name not in model.crawlers:
        yield f"the condition listens to the crawler {condition.crawler_name}, which is not in the templates"
    if condition.crawl_state not in LISTENABLE_CRAWL_STATES:
        states = sorted(LISTENABLE_CRAWL_STATES)
        yield f"a condition can't listen for the CrawlState {condition.crawl_state!r}, only for {states}"


def _contradictions(conditions: tuple[Condition, ...]) -> Problems:
    states: dict[str, str] = {}
    for condition in conditions:
        name, state = condition.job_name or condition.crawler_name, condition.state or condition.crawl_state
        if states.setdefault(name, state) != state:
            yield f"{name} can't be {states[name]} AND {state}, so the trigger never fires; use Logical: ANY"


_TRIGGER_RULES: tuple[Callable[[Model, Trigger], Problems], ...] = (
    _names,
    _activation,
    _schedule,
    _batching,
    _predicate,
)


def _workflow(model: Model, name: str) -> Problems:
    limit = model.workflows[name].max_concurrent_runs
    if limit is not None and limit < 1:
        yield f"MaxConcurrentRuns is {limit}, so no run could start; leave it out for no limit"
    triggers = model.triggers_of(name)
    starts = [trigger.name for trigger in triggers if trigger.type in _START_TYPES]
    if len(starts) != 1:
        yield f"a workflow has one start trigger (ON_DEMAND, SCHEDULED or EVENT), not {len(starts)}: {starts}"
    reached = _reached(triggers)
    for trigger in triggers:
        if trigger.name not in reached and trigger.predicate and trigger.predicate.conditions:
            yield f"{trigger.name} waits for something that no trigger before it starts, so it never fires"


def _reached(triggers: tuple[Trigger, ...]) -> set[str]:
    """The triggers that can fire, if every action ends as they wish."""
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
        return trigger.type in _START_TYPES
    met = [(item.job_name or item.crawler_name) in started for item in trigger.predicate.conditions]
    return all(met) if trigger.predicate.logical == "AND" else any(met)


def _job(job: Job) -> Problems:
    if job.command == "pythonshell" and not re.fullmatch(r"[23]|3[.]9", job.python_version):
        yield f"a Python shell job runs on PythonVersion 3.9 at most, not {job.python_version}"
    if not 1 <= job.timeout_minutes < 10_080:
        yield f"a job's Timeout is 1 to 10,079 minutes, not {job.timeout_minutes}"
    if not 0 <= job.max_retries <= 10:
        yield f"a job's MaxRetries is 0 to 10, not {job.max_retries}"
    if job.max_concurrent_runs < 1:
        yield f"MaxConcurrentRuns is {job.max_concurrent_runs}, so no run could start"
    if not job.script_location.startswith("s3://") and not job.script_location.startswith(_UNRESOLVED):
        yield f"ScriptLocation must be an S3 URI, not {job.script_location}"


def _scheduled_call(call: ScheduledCall) -> Problems:
    if _UNRESOLVED in call.expression + call.zone + call.input:
        return
    try:
        read_schedule(call.expression, call.zone)
        json.loads(call.input)
    except ConfigError as error:
        yield str(error)
    except ValueError as error:
        yield f"the Input of the schedule's target is not JSON: {error}"


def _event_rule(model: Model, rule: Rule) -> Problems:
    for target in rule.targets:
        if rule.workflow_names() and not target.get("RoleArn"):
            yield "a target that is a Glue workflow needs a RoleArn that allows glue:notifyEvent; add it"
    for name in rule.workflow_names():
        if _UNRESOLVED in name:
            continue
        if name not in model.workflows:
            yield f"the rule's target is the workflow {name}, which is not in the templates; correct the Arn"
        elif not any(trigger.type == "EVENT" for trigger in model.triggers_of(name)):
            yield f"the rule's target is the workflow {name}, which has no EVENT trigger, so no event starts it"
