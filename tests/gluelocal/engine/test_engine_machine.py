"""No order of events makes a run hang, fire a trigger twice, or end before its actions."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from support.gluelocal.any_models import (
    CRAWL_ENDS,
    CRAWLERS,
    DEMANDED,
    FLOWS,
    JOB_ENDS,
    JOBS,
    TIMED,
    models,
    predicates,
    some_actions,
)

from gluelocal.engine.engine import adapted, begin, next_due_ms, step
from gluelocal.engine.events import (
    ActionEnded,
    ActionStopRequested,
    CrawlRequested,
    Event,
    JobRequested,
    Notified,
    PropertiesPut,
    StartRequested,
    StopRequested,
    Ticked,
    TriggerFired,
)
from gluelocal.engine.state import (
    RUNNING,
    WAITING,
    Command,
    GlueError,
    RunEnded,
    StartCrawl,
    StartJobRun,
    StopAction,
)
from gluelocal.model.model import Action, Model, Predicate, Trigger

pytestmark = pytest.mark.unit


class EngineMachine(RuleBasedStateMachine):
    """Plays EventBridge, people and the executor, and knows only the commands' results."""

    @initialize(model=models())
    def begin(self, model: Model) -> None:
        self.model = model
        self.state = begin(model, "seed", 0)
        self.now_ms = 0
        self.running: dict[str, tuple[str, str, str]] = {}  # id → run id, kind, name
        self.notified: Counter[str] = Counter()
        self.ended: set[str] = set()
        self.graphs: dict[str, tuple[Trigger, ...]] = {}  # by run id, as they were first
        self.reported: set[str] = set()  # to stop

    def take(self, event: Event) -> None:
        self.state, commands = step(self.model, self.state, event)
        for command in commands:
            self.execute(command)

    def execute(self, command: Command) -> None:
        if isinstance(command, StartJobRun):
            assert command.id not in self.running
            assert self.may_start(command.run_id)
            self.running[command.id] = (command.run_id, "JOB", command.job_name)
        elif isinstance(command, StartCrawl):
            assert self.may_start(command.run_id)
            self.running[command.id] = (command.run_id, "CRAWLER", command.crawler_name)
        elif isinstance(command, StopAction):
            assert command.id in self.running
            self.reported.add(command.id)
        elif isinstance(command, RunEnded):
            assert command.run_id not in self.ended
            assert all(run_id != command.run_id for run_id, _, _ in self.running.values())
            self.ended.add(command.run_id)

    def may_start(self, run_id: str) -> bool:
        return all(run.status not in {"STOPPING", "STOPPED", "ERROR"} for run in self.state.runs if run.id == run_id)

    def catch_up(self) -> None:
        due_ms = next_due_ms(self.model, self.state)
        if due_ms is not None and due_ms <= self.now_ms:
            self.take(Ticked(self.now_ms))

    def has_slot(self, flow: str) -> bool:
        limit = self.model.workflows[flow].max_concurrent_runs
        return limit is None or sum(run.name == flow and run.active for run in self.state.runs) < limit

    @rule(
        flow=st.sampled_from(FLOWS[:2]),
        event_id=st.sampled_from("123"),
        later_ms=st.integers(0, 3000),
    )
    def notify(self, flow: str, event_id: str, later_ms: int) -> None:
        self.now_ms += later_ms
        self.notified[event_id] += self.model.triggers[f"{flow}-0"].active
        self.take(Notified(flow, event_id, self.now_ms))

    @rule(later_ms=st.integers(0, 6000))
    def tick(self, later_ms: int) -> None:
        self.now_ms += later_ms
        self.take(Ticked(self.now_ms))

    @rule(later_ms=st.integers(60_000, 150_000))
    def wait_for_the_schedule(self, later_ms: int) -> None:
        self.now_ms += later_ms
        before = sum(run.name == TIMED for run in self.state.runs)
        due_ms = self.state.due_ms.get((False, f"{TIMED}-0"))
        assert (due_ms is not None) == self.model.triggers[f"{TIMED}-0"].active
        self.take(Ticked(self.now_ms))
        times = 0 if due_ms is None else (self.now_ms - due_ms) // 60_000 + 1
        assert sum(run.name == TIMED for run in self.state.runs) - before == times

    @rule()
    def fire(self) -> None:
        self.catch_up()
        self.take(TriggerFired(DEMANDED, self.now_ms))
        assert self.state.runs[-1].triggers[0].name == DEMANDED

    @rule(which=st.integers(0, 19))
    def delete(self, which: int) -> None:
        """Somebody deletes a trigger that listens."""
        self.catch_up()
        names = sorted(one.name for one in self.model.triggers.values() if one.type == "CONDITIONAL")
        if names:
            gone = names[which % len(names)]
            kept = {name: trigger for name, trigger in self.model.triggers.items() if name != gone}
            self.model = replace(self.model, triggers=kept)
            self.state = adapted(self.model, self.state, self.now_ms)

    @rule(
        which=st.integers(0, 19),
        state=st.sampled_from(("ACTIVATED", "DEACTIVATED")),
        new_actions=st.none() | some_actions,
        new_predicate=predicates,
        job=st.sampled_from(JOBS),
    )
    def change(
        self, which: int, state: str, new_actions: tuple[Action, ...] | None, new_predicate: Predicate, job: str
    ) -> None:
        """Somebody starts, stops or updates a trigger, and gives a job one more retry."""
        self.catch_up()
        names = sorted(self.model.triggers)
        old = self.model.triggers[names[which % len(names)]]
        new = replace(
            old,
            state=old.state if old.type == "ON_DEMAND" else state,
            actions=new_actions or old.actions,
            predicate=new_predicate if old.predicate else None,
        )
        more = replace(self.model.jobs[job], max_retries=self.model.jobs[job].max_retries + 1)
        self.model = replace(
            self.model,
            triggers={**self.model.triggers, new.name: new},
            jobs={**self.model.jobs, job: more},
        )
        runs = self.state.runs
        self.state = adapted(self.model, self.state, self.now_ms)
        assert self.state.runs == runs

    @rule(flow=st.sampled_from(FLOWS))
    def start(self, flow: str) -> None:
        self.catch_up()
        if self.has_slot(flow):
            self.take(StartRequested(flow, self.now_ms))
        else:
            with pytest.raises(GlueError, match="ConcurrentRunsExceededException"):
                step(self.model, self.state, StartRequested(flow, self.now_ms))

    @rule(name=st.sampled_from(JOBS + CRAWLERS))
    def start_alone(self, name: str) -> None:
        self.catch_up()
        event = JobRequested(name, self.now_ms) if name in JOBS else CrawlRequested(name, self.now_ms)
        limit = self.model.jobs[name].max_concurrent_runs if name in JOBS else 1
        if sum(other == name for _, _, other in self.running.values()) < limit:
            self.take(event)
        elif name in JOBS and self.model.jobs[name].job_run_queuing:
            self.take(event)
            assert self.state.alone[-1].last.state == WAITING
        else:
            with pytest.raises(GlueError, match=r"ConcurrentRunsExceeded|CrawlerRunning"):
                step(self.model, self.state, event)

    @rule(which=st.integers(0, 9), more=st.dictionaries(st.sampled_from("kl"), st.text(max_size=2)))
    def put_properties(self, which: int, more: dict[str, str]) -> None:
        if self.state.runs:
            run = self.state.runs[which % len(self.state.runs)]
            self.take(PropertiesPut(run.id, more, self.now_ms))
            after = next(other for other in self.state.runs if other.id == run.id)
            assert after.properties == {**run.properties, **more}

    @rule(which=st.integers(0, 9))
    def stop_action(self, which: int) -> None:
        self.catch_up()
        if self.running:
            action_id = sorted(self.running)[which % len(self.running)]
            if action_id in self.reported:
                with pytest.raises(GlueError, match="is being stopped already"):
                    step(self.model, self.state, ActionStopRequested(action_id, self.now_ms))
            else:
                self.take(ActionStopRequested(action_id, self.now_ms))

    @rule(which=st.integers(0, 9))
    def stop_queued(self, which: int) -> None:
        self.catch_up()
        waiting = self.waiting()
        if waiting:
            self.take(ActionStopRequested(waiting[which % len(waiting)], self.now_ms))
            assert waiting[which % len(waiting)] not in self.waiting()

    def waiting(self) -> list[str]:
        everything = [*(action for run in self.state.runs for action in run.actions), *self.state.alone]
        return [action.last.id for action in everything if action.last.state == WAITING]

    @rule()
    def crash(self) -> None:
        """Everything that runs dies at once, as if the machine went down."""
        for action_id in sorted(self.running):
            self.end_one(action_id, 1)

    @rule(which=st.integers(0, 9), choice=st.integers(0, 3))
    def end(self, which: int, choice: int) -> None:
        if self.running:
            self.end_one(sorted(self.running)[which % len(self.running)], choice)

    def end_one(self, action_id: str, choice: int) -> None:
        _, kind, _ = self.running.pop(action_id)
        ends = JOB_ENDS if kind == "JOB" else CRAWL_ENDS
        end = ActionEnded(action_id, ends[choice % len(ends)], self.now_ms)
        self.take(end)
        with pytest.raises(GlueError, match="EntityNotFoundException"):  # a second time it changes nothing
            step(self.model, self.state, end)

    @rule(which=st.integers(0, 9))
    def stop(self, which: int) -> None:
        active = [run.id for run in self.state.runs if run.status == RUNNING]
        if active:
            self.take(StopRequested(active[which % len(active)], self.now_ms))

    @invariant()
    def runs_and_actions_agree(self) -> None:
        for run in self.state.runs:
            states = [action.last.state for action in run.actions]
            assert run.active == (RUNNING in states or WAITING in states)
            assert run.active == (run.id not in self.ended)
            assert run.active == (run.status in {RUNNING, "STOPPING"})

    @invariant()
    def a_run_keeps_the_graph_of_its_start(self) -> None:
        for run in self.state.runs:
            assert self.graphs.setdefault(run.id, run.triggers) == run.triggers
            listening = (trigger for trigger in run.triggers if trigger.type == "CONDITIONAL")
            assert all(trigger.active for trigger in listening if trigger.name in run.fired_ms)

    @invariant()
    def triggers_fire_once_for_all_their_actions(self) -> None:
        for run in self.state.runs:
            started = Counter(action.trigger_name for action in run.actions)
            wanted = {trigger.name: len(trigger.actions) for trigger in run.triggers if trigger.name in run.fired_ms}
            assert dict(started) == wanted

    @invariant()
    def the_engine_knows_what_runs(self) -> None:
        everything = [*(action for run in self.state.runs for action in run.actions), *self.state.alone]
        running = [action.last.id for action in everything if action.last.state == RUNNING]
        assert sorted(running) == sorted(self.running)

    @invariant()
    def nothing_waits_while_a_slot_is_free(self) -> None:
        jobs = Counter(name for _, kind, name in self.running.values() if kind == "JOB")
        everything = [*(action for run in self.state.runs for action in run.actions), *self.state.alone]
        for action in (action for action in everything if action.last.state == WAITING):
            assert jobs[action.name] == self.model.jobs[action.name].max_concurrent_runs

    @invariant()
    def limits_hold(self) -> None:
        jobs = Counter(name for _, kind, name in self.running.values() if kind == "JOB")
        assert all(count <= self.model.jobs[name].max_concurrent_runs for name, count in jobs.items())
        crawlers = Counter(name for _, kind, name in self.running.values() if kind == "CRAWLER")
        assert all(count == 1 for count in crawlers.values())
        active = Counter(run.name for run in self.state.runs if run.active and run.name)
        limits = {name: flow.max_concurrent_runs for name, flow in self.model.workflows.items()}
        assert all(count <= (limits[name] or count) for name, count in active.items())

    @invariant()
    def only_failed_jobs_are_retried_and_not_too_often(self) -> None:
        for action in (action for run in self.state.runs for action in run.actions):
            retries = self.model.jobs[action.name].max_retries if action.kind == "JOB" else 0
            assert len(action.attempts) <= 1 + retries
            assert all(attempt.state == "FAILED" for attempt in action.attempts[:-1])

    @invariant()
    def no_event_is_lost_or_doubled(self) -> None:
        held = Counter(event_id for run in self.state.runs for event_id in run.event_ids)
        for batch in self.state.batches.values():
            held.update(batch.event_ids)
        for batches in self.state.waiting.values():
            for closed in batches:
                held.update(closed.event_ids)
        assert held == self.notified

    def teardown(self) -> None:
        """Whatever happened, the engine is idle once everything has ended and time has passed."""
        if not hasattr(self, "state"):
            return
        for choice in range(10_000):
            due_ms = next_due_ms(self.model, replace(self.state, due_ms={}))
            if self.running:
                self.end_one(min(self.running), choice)
            elif due_ms is not None:
                self.now_ms = max(self.now_ms, due_ms)
                self.take(Ticked(self.now_ms))
            else:
                break
        assert self.state.idle
        assert {run.status for run in self.state.runs} <= {"COMPLETED", "STOPPED", "ERROR"}
        self.no_event_is_lost_or_doubled()


TestEngineMachine = EngineMachine.TestCase
TestEngineMachine.settings = settings(max_examples=200, stateful_step_count=40, deadline=None)
