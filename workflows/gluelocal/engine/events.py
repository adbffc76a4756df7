"""The events that the workflow engine takes; all frozen. Each has a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Union

from gluelocal.model.model import EMPTY


@dataclass(frozen=True)
class Notified:
    """EventBridge delivered an event to a workflow (glue:NotifyEvent)."""

    workflow_name: str
    event_id: str
    now_ms: int


@dataclass(frozen=True)
class Ticked:
    """Time passed; everything due happens."""

    now_ms: int


@dataclass(frozen=True)
class StartRequested:
    """StartWorkflowRun was called."""

    workflow_name: str
    now_ms: int
    properties: Mapping[str, str] = field(default_factory=lambda: EMPTY)


@dataclass(frozen=True)
class TriggerFired:
    """StartTrigger was called for an ON_DEMAND trigger."""

    trigger_name: str
    now_ms: int


@dataclass(frozen=True)
class StopRequested:
    """StopWorkflowRun was called."""

    run_id: str
    now_ms: int


@dataclass(frozen=True)
class ActionEnded:
    """A job run or crawl ended, in one of Attempt's states.

    Attributes:
        final: it can't end otherwise on this machine, so it is not retried.
    """

    id: str
    state: str
    now_ms: int
    error: str = ""
    final: bool = False


@dataclass(frozen=True)
class PropertiesPut:
    """PutWorkflowRunProperties was called."""

    run_id: str
    properties: Mapping[str, str]
    now_ms: int


@dataclass(frozen=True)
class JobRequested:
    """StartJobRun was called. Without a time-out the job's time-out is used."""

    job_name: str
    now_ms: int
    arguments: Mapping[str, str] = field(default_factory=lambda: EMPTY)
    timeout_minutes: int | None = None


@dataclass(frozen=True)
class CrawlRequested:
    """StartCrawler was called."""

    crawler_name: str
    now_ms: int


@dataclass(frozen=True)
class ActionStopRequested:
    """BatchStopJobRun or StopCrawler was called for a job run or crawl."""

    id: str
    now_ms: int


Event = Union[
    Notified,
    Ticked,
    StartRequested,
    TriggerFired,
    StopRequested,
    ActionEnded,
    PropertiesPut,
    JobRequested,
    CrawlRequested,
    ActionStopRequested,
]
