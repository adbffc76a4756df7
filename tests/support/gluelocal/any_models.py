"""A hypothesis strategy for any workflow model that Glue accepts, circles included."""

from __future__ import annotations

from hypothesis import strategies as st

from gluelocal.model.model import (
    Action,
    Condition,
    Crawler,
    EventBatchingCondition,
    Job,
    Model,
    Predicate,
    Trigger,
    Workflow,
)

JOB_ENDS = ("SUCCEEDED", "FAILED", "TIMEOUT", "STOPPED")
CRAWL_ENDS = ("SUCCEEDED", "FAILED", "CANCELLED")
TIMED, DEMANDED = "timed", "alone-0"
JOBS, CRAWLERS, FLOWS = ("a", "b", "c"), ("x", "y"), ("export", "landing", TIMED)

actions = st.one_of(
    st.sampled_from(JOBS).map(lambda name: Action(job_name=name)),
    st.sampled_from(CRAWLERS).map(lambda name: Action(crawler_name=name)),
)
conditions = st.one_of(
    st.builds(
        lambda name, state: Condition(job_name=name, state=state), st.sampled_from(JOBS), st.sampled_from(JOB_ENDS)
    ),
    st.builds(
        lambda name, state: Condition(crawler_name=name, crawl_state=state),
        st.sampled_from(CRAWLERS),
        st.sampled_from(CRAWL_ENDS),
    ),
)
predicates = st.builds(
    Predicate, st.sampled_from(("AND", "ANY")), st.lists(conditions, min_size=1, max_size=4).map(tuple)
)
some_actions = st.lists(actions, min_size=1, max_size=3).map(tuple)
batchings = st.none() | st.builds(EventBatchingCondition, st.integers(1, 4), st.integers(1, 5))


@st.composite
def chains(draw: st.DrawFn) -> dict[str, Trigger]:
    """Triggers of no workflow, in circles and all."""
    found = [
        Trigger(DEMANDED, "ON_DEMAND", "", draw(some_actions)),
        Trigger("alone-1", "SCHEDULED", "", draw(some_actions), None, None, True, schedule="cron(0/3 * * * ? *)"),
    ]
    for number in range(2, draw(st.integers(2, 5))):
        found.append(Trigger(f"alone-{number}", "CONDITIONAL", "", draw(some_actions), draw(predicates), None, True))
    return {trigger.name: trigger for trigger in found}


@st.composite
def models(draw: st.DrawFn) -> Model:
    """Any model that Glue takes, triggers in circles and all."""
    triggers: dict[str, Trigger] = {}
    for flow in FLOWS:
        name = f"{flow}-0"
        triggers[name] = Trigger(name, "EVENT", flow, draw(some_actions), event_batching_condition=draw(batchings))
        if flow == TIMED:
            triggers[name] = Trigger(
                name, "SCHEDULED", flow, draw(some_actions), start_on_creation=True, schedule="cron(* * * * ? *)"
            )
        for number in range(1, draw(st.integers(1, 4))):
            name = f"{flow}-{number}"
            triggers[name] = Trigger(name, "CONDITIONAL", flow, draw(some_actions), draw(predicates), None, True)
    triggers |= draw(chains())
    limits = st.none() | st.integers(1, 2)
    return Model(
        workflows={flow: Workflow(flow, max_concurrent_runs=draw(limits)) for flow in FLOWS},
        triggers=triggers,
        jobs={
            name: Job(
                name,
                "pythonshell",
                "s3://code/x.py",
                max_retries=draw(st.integers(0, 2)),
                job_run_queuing=draw(st.booleans()),
                max_concurrent_runs=draw(st.integers(1, 2)),
            )
            for name in JOBS
        },
        crawlers={
            name: Crawler(name, schedule=draw(st.sampled_from(("", "cron(0/2 * * * ? *)")))) for name in CRAWLERS
        },
    )
