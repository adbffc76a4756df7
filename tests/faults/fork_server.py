"""A process that has imported everything and forks a child for each job: starting one takes milliseconds.

It is safe because it is asked for: no thread, no client and no connection exists before a fork.
Lines of JSON come in, and lines of JSON go out; when the input ends, the children are killed.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import traceback
from pathlib import Path
from typing import Any, NoReturn

from faults.clocks import SharedClock
from faults.job_main import run_job
from loglake.aws import session
from loglake.kernels import convert
from loglake.kernels.stage.without_pandas import leave_out_pandas


def serve() -> None:
    """Answers ``start`` with the child's process id, and ``pid`` with its exit status."""
    _warm_up()
    alive: set[int] = set()
    try:
        for line in sys.stdin:
            command = json.loads(line)
            if "start" in command:
                pid = _fork(command)
                alive.add(pid)
                _say({"pid": pid})
            else:
                pid, status = os.waitpid(command["pid"], 0 if command["wait"] else os.WNOHANG)
                alive.discard(pid)
                _say({"code": os.waitstatus_to_exitcode(status) if pid else None})
    finally:
        for pid in alive:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def _warm_up() -> None:
    """Loads boto3's models, which takes longer than a job, and checks that there are no other threads."""
    for service in ("s3", "dynamodb", "logs", "cloudwatch", "glue"):
        session.client(service)
    assert convert  # its imports are the slow ones
    leave_out_pandas()  # else each job would import it; no job here has a transformation that may want it
    tasks = Path("/proc/self/task")
    threads = [(task / "comm").read_text().strip() for task in tasks.iterdir()] if tasks.is_dir() else []
    assert len(threads) <= 1, f"no fork is safe beside other threads: {threads}"
    _say({"ready": os.getpid()})


def _say(answer: dict[str, Any]) -> None:
    print(json.dumps(answer), flush=True)


def _fork(command: dict[str, Any]) -> int:
    pid = os.fork()
    if pid == 0:
        _child(command)
    return pid


def _child(command: dict[str, Any]) -> NoReturn:
    """Runs the job, and never returns to the parent's loop."""
    code = 1
    try:
        log = os.open(command["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        for descriptor in (1, 2):
            os.dup2(log, descriptor)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        clock = SharedClock(Path(command["clock"])) if command["clock"] else None
        run_job(command["start"], command["arguments"], clock, command["read_timeout_s"])
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    serve()
