"""Requests a time range of log groups: an object that wakes the workflow."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial

from loglake.core.keys import REQUESTS
from loglake.core.ledger.row import Queue
from loglake.core.planning.derive import PlanRules
from loglake.core.planning.next_windows import Known, NextWindows
from loglake.core.planning.settings import READ_LAG_MINUTES
from loglake.core.ports.export_tasks import ExportTasks
from loglake.core.requests.requests import Request, RequestKind, parse_request, request_body
from loglake.core.run.outcome import QueueWaiting
from loglake.core.schema.datasets_file import load_datasets
from loglake.core.state_items import WATERMARK, of_groups, paused
from loglake.core.units import MS_PER_MINUTE, EpochMs, LogGroupName, split_s3_uri
from loglake.core.windows import Window
from loglake.errors import AccessDeniedError, LoglakeError, NotFoundError
from loglake_cli.operations.cost.estimate import export_usd
from loglake_cli.operations.deployment import Deployment
from loglake_cli.operations.selection import check_patterns
from loglake_cli.wording import counted

_MOST_ASKED = 100
"""Of so many log groups CloudWatch is asked how much came in: a request each, and somebody waits for the answer."""


@dataclass(frozen=True)
class ExportPlan:
    """A request before it is put.

    Attributes:
        key: of the request object.
        body: of the request object.
        request: what the export job reads in it.
        warnings: what may be wrong with it, in words.
    """

    key: str
    body: bytes
    request: Request
    warnings: tuple[str, ...]


def plan_export(deployment: Deployment, patterns: Sequence[str], window: Window, *, replace: bool) -> ExportPlan:
    """Makes a request and checks it; changes nothing.

    Args:
        deployment: where.
        patterns: log groups' names, or patterns with * and ?.
        window: the range of time.
        replace: also export windows of the range again that are in the table already.

    Raises:
        ConfigError: a pattern is empty, or no log group matches it.
    """
    key = f"{REQUESTS}requested/{uuid.uuid4()}.json"
    body = request_body(list(patterns), window, replace)
    request = parse_request(key, body)  # reports here what the job would refuse
    warnings = warnings_about(deployment, patterns)
    lag_ms = deployment.settings().lag_ms
    if lag_ms and window.to_ms > deployment.clock.now_ms() - lag_ms:
        young = counted(lag_ms // MS_PER_MINUTE, "minute")
        read = f" (than {READ_LAG_MINUTES} if it is read)" if lag_ms > READ_LAG_MINUTES * MS_PER_MINUTE else ""
        warnings.append(f"what is younger than {young}{read} when the job plans is left to the schedule")
    return ExportPlan(key, body, request, tuple(warnings))


def put_request(deployment: Deployment, plan: ExportPlan) -> None:
    """Puts the request object, which wakes the workflow."""
    deployment.control.put(plan.key, plan.body)
    deployment.woken.append(plan.key)


def matching_groups(deployment: Deployment, plan: ExportPlan) -> tuple[LogGroupName, ...] | None:
    """The log groups that a request names, in order; None if they may not be listed."""
    names = deployment.log_group_names()
    return None if names is None else tuple(sorted(name for name in names if plan.request.matches(name)))


def windows_in_table(deployment: Deployment, plan: ExportPlan, log_groups: Sequence[LogGroupName]) -> int:
    """How many windows in the table overlap a request's range."""
    wanted = plan.request.window
    assert wanted is not None  # of a request
    live = [row.window for name in log_groups for row in deployment.ledger.rows(name) if row.live]
    return sum(window.from_ms < wanted.to_ms and wanted.from_ms < window.to_ms for window in live)


@dataclass(frozen=True)
class Foreseen:
    """What a request makes the export job do.

    Attributes:
        waiting: the windows that it exports, by export task or by reading.
        left_out: what it does not export, and why, in words.
    """

    waiting: QueueWaiting
    left_out: tuple[str, ...]

    @property
    def usd(self) -> float:
        """What Glue takes for exporting and converting it."""
        return export_usd(self.waiting.seconds_left, self.waiting.size_bytes)


def foresee(deployment: Deployment, plan: ExportPlan) -> Foreseen | None:
    """Finds what the export job would do now for a request, as it finds it itself.

    Returns:
        None if the log groups or the datasets file can't be read.
    """
    settings, now_ms = deployment.settings(), deployment.clock.now_ms()
    if deployment.tasks is None or not settings.datasets_uri:
        return None
    try:
        _, key = split_s3_uri(settings.datasets_uri)
        datasets = load_datasets(json.loads(deployment.control.get(key)))
        groups = [group for group in deployment.tasks.log_groups() if plan.request.matches(group.name)]
    except (AccessDeniedError, NotFoundError):
        return None
    windows = NextWindows(
        groups,
        datasets,
        [replace(plan.request, asked_ms=now_ms)],
        Known(
            deployment.ledger.rows_between,
            of_groups(deployment.ledger, WATERMARK),
            paused=frozenset(paused(deployment.ledger)),
            incoming_bytes=partial(_incoming_bytes, deployment.tasks, now_ms),
        ),
        PlanRules(settings.lag_ms, settings.settle_after_ms),
        now_ms=now_ms,
    )
    if len(groups) <= _MOST_ASKED:
        windows.size_all()
    waiting = windows.waiting().get(Queue.REQUESTED, QueueWaiting())
    return Foreseen(waiting, tuple(map(str, windows.skipped)))


def _incoming_bytes(tasks: ExportTasks, now_ms: EpochMs, log_group: LogGroupName) -> int | None:
    """How many bytes a day came in for a log group; None if that is not known, or this person may not ask."""
    with suppress(LoglakeError):
        return tasks.incoming_bytes(log_group, now_ms)
    return None


def warnings_about(deployment: Deployment, patterns: Sequence[str]) -> list[str]:
    """Warnings about patterns: a log group is paused, or log groups may not be listed.

    Raises:
        ConfigError: no log group matches a pattern.
    """
    request = Request("", RequestKind.REQUESTED, tuple(patterns))
    found = [
        f"{group} is paused: resume it and ask again, else nothing of it is exported"
        for group in paused(deployment.ledger)
        if request.matches(group)
    ]
    if deployment.tasks is None:
        return found
    try:
        check_patterns(patterns, {group.name for group in deployment.tasks.log_groups()})
    except AccessDeniedError as error:
        return [*found, f"it is not known whether such log groups exist: {error}"]
    return found
