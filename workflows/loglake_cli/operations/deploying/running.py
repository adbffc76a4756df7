"""Running job runs and crawls: their code must not change under them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from loglake.core.ports.clock import Clock
from loglake.errors import NotFoundError
from loglake_cli.deploy.calls import call
from loglake_cli.deploy.errors import DecisionError

JOBS = ("export-logs", "convert-logs")
CRAWLER = "crawl-lake"
_UNDER_WAY = frozenset({"STARTING", "RUNNING", "STOPPING", "WAITING"})
POLL_S = 15.0


def under_way(glue: Any, prefix: str) -> list[str]:
    """What runs now in a deployment, in words; empty if nothing runs or exists."""
    found = []
    for job in (f"{prefix}-{name}" for name in JOBS):
        runs = _found(glue, "get_job_runs", job, JobName=job).get("JobRuns", [])
        found += [f"the job {job} is {run['JobRunState']}" for run in runs if run["JobRunState"] in _UNDER_WAY]
    crawler = f"{prefix}-{CRAWLER}"
    state = _found(glue, "get_crawler", crawler, Name=crawler).get("Crawler", {}).get("State", "READY")
    return found + ([f"the crawler {crawler} is {state}"] if state != "READY" else [])


def wait_until_idle(glue: Any, prefix: str, clock: Clock, say: Callable[[str], None], *, refuse: bool) -> None:
    """Waits until no job run and no crawl is under way.

    Raises:
        DecisionError: one is, and nobody wants to wait.
    """
    said: list[str] = []
    while running := under_way(glue, prefix):
        if refuse:
            raise DecisionError(f"{'; '.join(running)}: wait until that has ended, or leave --if-running out.")
        if running != said:
            say(f"Waiting, since {'; '.join(running)}")
            said = running
        clock.sleep(POLL_S)


def _found(glue: Any, operation: str, name: str, **parameters: Any) -> Any:
    try:
        return call(glue, operation, name, **parameters)
    except NotFoundError:
        return {}
