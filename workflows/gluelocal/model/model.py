"""What the local runtime executes: workflows, triggers, jobs, crawlers and rules, with their AWS API names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

DEFAULT_BATCH_WINDOW_S = 900
DEFAULT_GLUE_VERSION = "6.0"
"""Glue API, CreateJob, GlueVersion: the default of a new job."""
DPU_OF_WORKER = MappingProxyType({"G.025X": 0.25, "G.1X": 1, "G.2X": 2, "G.4X": 4, "G.8X": 8})
"""DPU of a worker, by its type (Glue API, Job, WorkerType)."""
CREATED, ACTIVATED, DEACTIVATED = "CREATED", "ACTIVATED", "DEACTIVATED"
EMPTY: Mapping[Any, Any] = MappingProxyType({})


@dataclass(frozen=True)
class EventBatchingCondition:
    """Glue API EventBatchingCondition: how many events start a run, or how long after the first event it starts."""

    batch_size: int = 1
    batch_window_s: int = DEFAULT_BATCH_WINDOW_S


@dataclass(frozen=True)
class Condition:
    """Glue API Condition: a job or crawler of the same run ended in a state."""

    job_name: str = ""
    crawler_name: str = ""
    state: str = ""
    crawl_state: str = ""
    logical_operator: str = "EQUALS"


@dataclass(frozen=True)
class Predicate:
    """Glue API Predicate: AND wants all conditions, ANY wants one."""

    logical: str = "AND"
    conditions: tuple[Condition, ...] = ()


@dataclass(frozen=True)
class Action:
    """Glue API Action: starts a job or a crawler. Its time-out overrides the job's."""

    job_name: str = ""
    crawler_name: str = ""
    arguments: Mapping[str, str] = field(default_factory=lambda: EMPTY)
    timeout_minutes: int | None = None


@dataclass(frozen=True)
class Trigger:
    """Glue API Trigger.

    Attributes:
        workflow_name: empty if the trigger is in no workflow, and starts jobs and crawlers directly.
        schedule: a cron expression.
        origin: where it is declared; for messages.
        state: CREATED, ACTIVATED or DEACTIVATED; if it isn't given, `start_on_creation` decides.
    """

    name: str
    type: str
    workflow_name: str = ""
    actions: tuple[Action, ...] = ()
    predicate: Predicate | None = None
    event_batching_condition: EventBatchingCondition | None = None
    start_on_creation: bool = False
    origin: str = ""
    schedule: str = ""
    state: str = ""

    def __post_init__(self) -> None:
        if not self.state:
            object.__setattr__(self, "state", ACTIVATED if self.start_on_creation else CREATED)

    @property
    def active(self) -> bool:
        """Whether it fires by itself. CONDITIONAL and SCHEDULED triggers do once started, others until stopped."""
        if self.type in {"CONDITIONAL", "SCHEDULED"}:
            return self.state == ACTIVATED
        return self.state != DEACTIVATED


@dataclass(frozen=True)
class Job:
    """Glue API Job. max_capacity is None if it was not given."""

    name: str
    command: str
    """Command.Name: ``pythonshell`` or ``glueetl``."""
    script_location: str
    python_version: str = "3"
    role: str = ""
    default_arguments: Mapping[str, str] = field(default_factory=lambda: EMPTY)
    non_overridable_arguments: Mapping[str, str] = field(default_factory=lambda: EMPTY)
    max_retries: int = 0
    timeout_minutes: int = 480
    max_concurrent_runs: int = 1
    origin: str = ""
    glue_version: str = DEFAULT_GLUE_VERSION
    max_capacity: float | None = None
    job_run_queuing: bool = False
    """Whether a run over MaxConcurrentRuns waits instead of failing (JobRunQueuingEnabled)."""
    execution_class: str = "STANDARD"
    worker_type: str = ""
    number_of_workers: int = 0
    """The worker count of a Spark job, with `worker_type`; 0 if a capacity is given, or for the default."""

    @property
    def capacity(self) -> float:
        """DPU that a run may take (Glue API, Job: MaxCapacity; Worker types)."""
        if self.worker_type and self.number_of_workers:
            return self.number_of_workers * DPU_OF_WORKER.get(self.worker_type, 1)
        if self.max_capacity is not None:
            return self.max_capacity
        return 0.0625 if self.command == "pythonshell" else 10


@dataclass(frozen=True)
class Crawler:
    """A crawler, with the properties that the template resolved (AWS::Glue::Crawler).

    Attributes:
        schedule: a cron expression; empty if it has no schedule.
    """

    name: str
    properties: Mapping[str, Any] = field(default_factory=lambda: EMPTY)
    origin: str = ""
    schedule: str = ""


@dataclass(frozen=True)
class Workflow:
    """Glue API Workflow. max_concurrent_runs None is unlimited."""

    name: str
    default_run_properties: Mapping[str, str] = field(default_factory=lambda: EMPTY)
    max_concurrent_runs: int | None = None
    origin: str = ""


@dataclass(frozen=True)
class Rule:
    """An EventBridge rule, with the pattern and targets that the template resolved."""

    name: str
    state: str = "ENABLED"
    event_pattern: Mapping[str, Any] = field(default_factory=lambda: EMPTY)
    targets: tuple[Mapping[str, Any], ...] = ()
    origin: str = ""

    def workflow_names(self) -> tuple[str, ...]:
        """The Glue workflows among the targets, from ``arn:aws:glue:REGION:ACCOUNT:workflow/NAME``."""
        parts = (str(target.get("Arn")).split(":", 5) for target in self.targets)
        return tuple(
            part[5].partition("/")[2]
            for part in parts
            if len(part) == 6 and part[2] == "glue" and part[5].startswith("workflow/")
        )


@dataclass(frozen=True)
class ScheduledCall:
    """A schedule of EventBridge Scheduler, which calls an AWS API.

    Attributes:
        expression: ``rate(…)``, ``cron(…)`` or ``at(…)``, in the time zone.
        target: ``arn:aws:scheduler:::aws-sdk:<service>:<action>``, or the ARN of a queue or an event bus.
        input: the call's parameters as JSON; for a queue the message, for a bus the event's detail.
        dead_letter_queue: the ARN of the queue for failed calls; empty for none.
        begins: an ISO 8601 instant before which it doesn't fire; empty for none.
        ends: an instant after which it doesn't fire.
        role: the ARN of the role for the call.
        window_minutes: it fires at most this many minutes after its time; 0 for exactly at its time.
        max_retries: how often a failed call is retried.
        max_event_age_s: how long after its time a call is retried.
        parameters: SqsParameters or EventBridgeParameters.
        group: its schedule group's name.
    """

    name: str
    expression: str
    target: str
    input: str = "{}"
    zone: str = "UTC"
    state: str = "ENABLED"
    dead_letter_queue: str = ""
    begins: str = ""
    ends: str = ""
    origin: str = ""
    role: str = ""
    window_minutes: int = 0
    max_retries: int = 185
    max_event_age_s: int = 86_400
    parameters: Mapping[str, Any] = field(default_factory=lambda: EMPTY)
    group: str = "default"


@dataclass(frozen=True)
class Model:
    """Everything that can be started, by name."""

    workflows: Mapping[str, Workflow] = field(default_factory=lambda: EMPTY)
    triggers: Mapping[str, Trigger] = field(default_factory=lambda: EMPTY)
    jobs: Mapping[str, Job] = field(default_factory=lambda: EMPTY)
    crawlers: Mapping[str, Crawler] = field(default_factory=lambda: EMPTY)
    rules: Mapping[str, Rule] = field(default_factory=lambda: EMPTY)
    schedules: Mapping[str, ScheduledCall] = field(default_factory=lambda: EMPTY)

    def triggers_of(self, workflow_name: str) -> tuple[Trigger, ...]:
        """The triggers of a workflow, in order of creation; with an empty name the triggers outside of workflows."""
        return tuple(trigger for trigger in self.triggers.values() if trigger.workflow_name == workflow_name)
