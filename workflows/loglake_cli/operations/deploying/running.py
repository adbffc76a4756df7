"""Running job runs and crawls."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from loglake.core.ports.clock import Clock
from loglake.errors import NotFoundError
from loglake_cli.deploy.calls import Wait, call

JOBS = ("export-logs", "look-landing", "convert-logs")
CRAWLER = "crawl-lake"
_UNDER_WAY = frozenset({"STARTING", "RUNNING", "STOPPING", "WAITING"})
POLL_S = 15.0


def under_way(glue: Any, prefix: str) -> list[str]:
    """What runs now in a deployment, in words; empty if nothing runs or exists."""
    return [*jobs_under_way(glue, prefix), *crawls(glue, prefix)]


def jobs_under_way(glue: Any, prefix: str, names: Iterable[str] = JOBS) -> list[str]:
    """The running job runs, in words."""
    found = []
    for job in (f"{prefix}-{name}" for name in names):
        runs = _found(glue, "get_job_runs", job, JobName=job).get("JobRuns", [])
        found += [f"the job {job} is {run['JobRunState']}" for run in runs if run["JobRunState"] in _UNDER_WAY]
    return found


def crawls(glue: Any, prefix: str) -> list[str]:
    """The running crawl, in words, as a list of one; empty if none runs."""
    crawler = f"{prefix}-{CRAWLER}"
    state = _found(glue, "get_crawler", crawler, Name=crawler).get("Crawler", {}).get("State", "READY")
    return [] if state == "READY" else [f"the crawler {crawler} is {state}"]


def wait_until_idle(running: Callable[[], list[str]], clock: Clock, say: Callable[[str], None], most_s: float) -> None:
    """Waits until nothing runs any more.

    Args:
        running: what runs now, in words.
        clock: the clock.
        say: called with what it waits for.
        most_s: how long it waits, in seconds.

    Raises:
        StackError: something still runs.
    """
    wait, said = Wait(clock, "What runs there", most_s), list[str]()
    while found := running():
        if found != said:
            say(f"Waiting, {most_s / 60:.0f} minutes at most, since {'; '.join(found)}")
            said = found
        wait.sleep(POLL_S)


def _found(glue: Any, operation: str, name: str, **parameters: Any) -> Any:
    try:
        return call(glue, operation, name, **parameters)
    except NotFoundError:
        return {}
