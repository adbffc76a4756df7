"""``loglake local up``: keeps a stack running. New objects and events start its workflows, until it is stopped."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from gluelocal.engine.state import WorkflowRun
from gluelocal.engine.views import Snapshot
from gluelocal.kept.keep import logs_folder
from gluelocal.kept.lock import keep_lock
from loglake.core.ports.clock import Clock
from loglake.errors import ConfigError
from loglake_cli.local.connection import Standing, standing
from loglake_cli.local.local_run import keep_results, land, load
from loglake_cli.local.run_input import Prepared
from loglake_cli.local.stack import LocalStack, StackSettings

Page = Callable[[LocalStack], AbstractContextManager[str]]
"""Serves a stack's page during a block, and yields its address; empty if there is no page."""

SHOWN_RUNS = 3
"""The number of ended runs that are still shown, in addition to active ones."""


@dataclass(frozen=True)
class Ended:
    """The state of a stack when it was stopped.

    Attributes:
        runs: the workflow runs so far.
        stopped: the active runs that were ended.
        failed: sentences about failed jobs and crawlers, the newest last.
        refused: sentences about refusals of roles.
        not_kept: why the folder still has its former content; empty if it was replaced.
    """

    runs: int
    stopped: int
    failed: tuple[str, ...]
    refused: tuple[str, ...] = ()
    not_kept: str = ""


@dataclass(frozen=True)
class Watch:
    """The listeners of a running stack.

    Attributes:
        on_change: gets every new snapshot of the active workflow runs and the last ended ones.
        say: gets short messages about other events.
        ready: gets, once, how to reach the stack.
    """

    on_change: Callable[[Snapshot], None]
    say: Callable[[str], None]
    ready: Callable[[Standing], None]


def no_page(_stack: LocalStack) -> AbstractContextManager[str]:
    """Serves no page."""
    return nullcontext("")


def up(
    prepared: Prepared,
    keep: Path,
    *,
    port: int,
    clock: Clock,
    watch: Watch,
    stopped: Callable[[], bool],
    page: Page = no_page,
    empty: bool = False,
) -> Ended:
    """Starts a stack with its input, runs it until it is stopped, and keeps its results.

    Log groups are loaded but not exported; landed files start their workflow at once.

    Args:
        prepared: the input.
        keep: the folder for all results at the end, with the jobs' logs beside it.
        port: the port of the embedded AWS; 0 means any free port.
        clock: gives the time of everything that happens.
        watch: the listeners.
        stopped: called often; returns true to stop.
        page: serves the page meanwhile.
        empty: deploys nothing, so that somebody can deploy by calls.

    Raises:
        ConfigError: the port is taken, the folder can't be written, or a role doesn't trust its service.
    """
    if empty and prepared.landed:
        raise ConfigError("--landing needs a bucket, and with --empty there is none yet: land it once all is deployed")
    watch.say("Starting the embedded AWS" if empty else "Starting the embedded AWS and deploying the templates")
    settings = StackSettings(
        logs_folder(keep),
        port=port,
        shown_runs=SHOWN_RUNS,
        enforce_iam=prepared.enforce_iam,
        on_dropped=watch.say,
        empty=empty,
        code=prepared.code,
    )
    with (
        keep_lock(keep),
        LocalStack(prepared.datasets, settings, clock, watch.on_change) as stack,
        page(stack) as address,
    ):
        if prepared.groups:
            load(stack, prepared, clock, watch.say)
        watch.ready(standing(stack, prepared, address))
        watch.say(f"Waiting for {'stacks' if empty else 'requests and landed objects'}; Ctrl-C stops it")
        land(stack, prepared.landed, watch.say)
        stack.run_until(stopped)
        lost, access = keep_results(stack, keep, watch.say)
        return _ended(stack.runtime.state.runs, tuple(access.problems()) if access else (), lost)


def _ended(runs: tuple[WorkflowRun, ...], refused: tuple[str, ...], not_kept: str) -> Ended:
    failed = tuple(problem for run in runs for problem in _problems(run))
    return Ended(len(runs), sum(run.status == "STOPPED" for run in runs), failed, refused, not_kept)


def _problems(run: WorkflowRun) -> Iterator[str]:
    for action in run.actions:
        if action.last.state in {"FAILED", "TIMEOUT"}:
            said = action.last.error or "no reason given"
            yield f"{action.kind.lower()} {action.name} of {run.title} is {action.last.state}: {said}"
