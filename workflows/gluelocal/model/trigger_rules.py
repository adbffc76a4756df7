"""What Glue would refuse in a trigger, one sentence per problem; pure.

Sources: the Glue API (CreateTrigger) and the developer guide's page on triggers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from athena_duckdb.errors import ConfigError
from gluelocal.model.graph import kind_and_name
from gluelocal.model.model import Action, Condition, Model, Trigger
from gluelocal.model.schedules import read_schedule

LISTENABLE_STATES = {
    "JOB": {"SUCCEEDED", "STOPPED", "FAILED", "TIMEOUT"},
    "CRAWLER": {"SUCCEEDED", "FAILED", "CANCELLED"},
}
START_TYPES = {"ON_DEMAND", "SCHEDULED", "EVENT"}

Problems = Iterator[str]

Rules = tuple[tuple[Callable[[Any], object], str], ...]
"""When an item breaks each rule, and what is wrong then, with the item's attributes in braces."""


def broken(rules: Rules, item: object) -> Problems:
    """A sentence for each rule that an item breaks."""
    return (sentence.format(*[item] * sentence.count("{")) for breaks, sentence in rules if breaks(item))


_TRIGGER: Rules = (
    (
        lambda trigger: trigger.type not in {*START_TYPES, "CONDITIONAL"},
        "the Type is {.type}; Glue has ON_DEMAND, SCHEDULED, CONDITIONAL and EVENT",
    ),
    (
        lambda trigger: trigger.type == "EVENT" and not trigger.workflow_name,
        "an EVENT trigger starts a workflow; give it a WorkflowName",
    ),
    (lambda trigger: not trigger.actions, "the trigger has no Actions, so it starts nothing; add one"),
    (
        lambda trigger: sum(1 for action in trigger.actions if action.crawler_name) > 2,
        "a trigger starts at most two crawlers; move the others to another trigger",
    ),
    (
        lambda trigger: trigger.type in {"ON_DEMAND", "EVENT"} and trigger.start_on_creation,
        "Glue refuses StartOnCreation: true on an {.type} trigger; remove it",
    ),
    (
        lambda trigger: trigger.schedule and trigger.type != "SCHEDULED",
        "a Schedule belongs to SCHEDULED triggers, not to a {.type} trigger; remove it",
    ),
    (
        lambda trigger: trigger.event_batching_condition and trigger.type != "EVENT",
        "EventBatchingCondition belongs to EVENT triggers, not to a {.type} trigger; remove it",
    ),
    (
        lambda trigger: trigger.predicate and trigger.type != "CONDITIONAL",
        "a {.type} trigger starts a workflow, so it can't have a Predicate; make it CONDITIONAL",
    ),
    (
        lambda trigger: trigger.type == "CONDITIONAL" and not (trigger.predicate and trigger.predicate.conditions),
        "a CONDITIONAL trigger needs a Predicate with Conditions; add it",
    ),
)

_BATCHING: Rules = (
    (lambda batching: not 1 <= batching.batch_size <= 100, "BatchSize is 1 to 100 events, not {.batch_size}"),
    (
        lambda batching: not 1 <= batching.batch_window_s <= 900,
        "BatchWindow is 1 to 900 seconds, not {.batch_window_s}",
    ),
)


def _trigger(model: Model, trigger: Trigger) -> Problems:
    yield from broken(_TRIGGER, trigger)
    if trigger.workflow_name and trigger.workflow_name not in model.workflows:
        yield f"the workflow {trigger.workflow_name} is not in the templates; correct WorkflowName"
    for action in trigger.actions:
        yield from _action(model, action)
    if trigger.type == "SCHEDULED":
        yield from cron_problems(trigger.schedule, "a SCHEDULED trigger needs a Schedule")
    if trigger.event_batching_condition:
        yield from broken(_BATCHING, trigger.event_batching_condition)


def _action(model: Model, action: Action) -> Problems:
    if bool(action.job_name) == bool(action.crawler_name):
        yield "an action names either a JobName or a CrawlerName"
    elif action.job_name and action.job_name not in model.jobs:
        yield f"the action starts the job {action.job_name}, which is not in the templates; correct JobName"
    elif action.crawler_name and action.crawler_name not in model.crawlers:
        yield f"the action starts the crawler {action.crawler_name}, which is not in the templates; correct CrawlerName"
    if action.timeout_minutes is not None and not 1 <= action.timeout_minutes < 10_080:
        yield f"an action's Timeout is 1 to 10,079 minutes, not {action.timeout_minutes}"


def cron_problems(expression: str, wanted: str) -> Problems:
    """What Glue would refuse in a schedule; `wanted` begins the sentence that says what is needed."""
    try:
        if expression.startswith("cron("):
            read_schedule(expression)
        else:
            yield f"{wanted} such as cron(15 12 * * ? *)"
    except ConfigError as error:
        yield str(error)


def _predicate(model: Model, trigger: Trigger) -> Problems:
    predicate = trigger.predicate
    if trigger.type != "CONDITIONAL" or predicate is None:
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
    kind, name = kind_and_name(condition)
    known, member, state = (
        (model.jobs, "job State", condition.state)
        if kind == "JOB"
        else (model.crawlers, "CrawlState", condition.crawl_state)
    )
    if name not in known:
        yield f"the condition listens to the {kind.lower()} {name}, which is not in the templates"
    if state not in LISTENABLE_STATES[kind]:
        yield f"a condition can't listen for the {member} {state!r}, only for {sorted(LISTENABLE_STATES[kind])}"


def _contradictions(conditions: tuple[Condition, ...]) -> Problems:
    states: dict[str, str] = {}
    for condition in conditions:
        name, state = condition.job_name or condition.crawler_name, condition.state or condition.crawl_state
        if states.setdefault(name, state) != state:
            yield f"{name} can't be {states[name]} AND {state}, so the trigger never fires; use Logical: ANY"


TRIGGER_RULES: tuple[Callable[[Model, Trigger], Problems], ...] = (_trigger, _predicate)
