"""A run that has next to nothing to do: from when the embedded Glue starts its process to its end.

Both jobs run as on AWS, for a new log group with a few events each time. The best time counts, since the first one
compiles the wheels. On AWS a request takes longer, which is added by their number. What Glue takes before the script
begins is not in it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from benchmark.scale.landing import REQUEST_S
from benchmark.scale.row import Row

from gluelocal.cloud.callers import CLIENT
from gluelocal.cloud.wire.calls import read_call
from loglake.aws.system_clock import SystemClock
from loglake_cli.operations.cost.assumptions import values
from loglake_cli.testing.local_logs import LocalLogs, local_logs

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_EXPORT_S = 4
"""An export run is billed for a minute at least, whatever it does."""


class _Calls:
    """Sees the calls of the jobs: when each came, and of which is the read of a raw object."""

    def __init__(self) -> None:
        self.times_ms: list[int] = []
        self.read_ms: list[int] = []

    def __call__(self, environ: WSGIEnvironment) -> None:
        call, now_ms = read_call(environ), SystemClock().now_ms()
        if call.caller != CLIENT:
            return
        self.times_ms.append(now_ms)
        if call.operation == "GetObject" and call.path.endswith(".gz"):
            self.read_ms.append(now_ms)


def _once(logs: LocalLogs, log_group: str) -> dict[str, dict[str, float]]:
    """Seconds of a run of each job, and to its first byte; and its requests."""
    calls = logs.stack.aws.observe = _Calls()
    logs.put(log_group, [{"number": number} for number in range(1000)])
    logs.export(log_group)
    found = {}
    for job in ("export-logs", "convert-logs"):
        runs = logs.stack.client("glue").get_job_runs(JobName=f"loglake-{job}")["JobRuns"]
        run = next(each for each in runs if each["JobRunState"] == "SUCCEEDED")
        begun_ms, ended_ms = (1000 * run[name].timestamp() for name in ("StartedOn", "CompletedOn"))
        requests = sum(begun_ms <= each <= ended_ms for each in calls.times_ms)
        here_s = (ended_ms - begun_ms) / 1000
        found[job] = {"here": here_s, "requests": requests, "seconds": here_s + requests * REQUEST_S}
    found["convert-logs"]["to the first byte"] = (calls.read_ms[0] - begun_ms) / 1000
    return found


def measure_start(folder: Path, times: int = 3) -> list[Row]:
    """A run of each job."""
    with local_logs(None, folder) as logs:
        took = [_once(logs, f"/app/{number}") for number in range(times)]
    rows = []
    for job, most in (("export-logs", _EXPORT_S), ("convert-logs", values()["start_seconds"])):
        best = min((each[job] for each in took), key=lambda found: found["seconds"])
        rows.append(Row(f"A run of {job} with one small window", best.pop("seconds"), "<=", most, "s", dict(best)))
    return rows
