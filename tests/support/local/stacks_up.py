"""`loglake local up` in its own process, and clients that know only its output."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import boto3

from support.local.commands import LOGLAKE, inside

_T = TypeVar("_T")
_TESTS = str(Path(__file__).parents[2])


@dataclass(frozen=True)
class Up:
    """A stack that is up.

    Attributes:
        document: what it printed.
        log: its standard error.
    """

    process: subprocess.Popen[str]
    document: dict[str, Any]
    log: Path
    clients: dict[str, Any] = field(default_factory=dict)

    def __enter__(self) -> Up:
        return self

    def __exit__(self, *_: object) -> None:
        """Ends it if a failed test did not."""
        if self.process.poll() is None:
            self.stop(signal.SIGTERM)

    @property
    def environment(self) -> dict[str, str]:
        """The environment of another terminal after the printed lines are pasted there."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "JAVA_HOME") if name in os.environ}
        return {**kept, "PYTHONWARNINGS": "default", **self.document["environment"]}

    def client(self, service: str) -> Any:
        """A boto3 client that was given endpoint, Region and credentials; the same each time."""
        if service not in self.clients:
            keys = self.document["credentials"]
            self.clients[service] = boto3.client(
                service,  # type: ignore[call-overload]  # any service, by its name
                endpoint_url=self.document["endpoint"],
                region_name=self.document["region"],
                aws_access_key_id=keys["AWS_ACCESS_KEY_ID"],
                aws_secret_access_key=keys["AWS_SECRET_ACCESS_KEY"],
            )
        return self.clients[service]

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Runs a command as in another terminal."""
        return subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=300, check=False)

    def loglake(self, *arguments: str) -> str:
        """The output of a successful loglake command in that environment."""
        done = inside(*arguments, environment=self.environment)
        assert done.exit_code == 0, done.stderr
        return done.stdout

    def until(self, found: Callable[[], _T | None]) -> _T:
        """Polls until there is a result. The stack must stay up meanwhile."""
        while (value := found()) is None:
            assert self.process.poll() is None, self.log.read_text()
            time.sleep(0.1)
        return value

    def stop(self, number: signal.Signals, timeout_s: float = 60) -> int:
        """Stops it with a signal and returns the exit status."""
        for client in self.clients.values():
            client.close()
        with self.process:
            self.process.send_signal(number)
            return self.process.wait(timeout=timeout_s)


HELD = [sys.executable, "-c", "from support.local.faulty_stacks import main; main()"]
"""`loglake`, with jobs that stay where they begin."""


def start_up(folder: Path, *arguments: str, program: Sequence[str] = LOGLAKE) -> Up:
    """Starts it in a folder, which is also HOME for it and for all processes that it starts."""
    log = folder / "stderr.txt"
    with log.open("w") as stderr:
        process = subprocess.Popen(
            [*program, "local", "up", "--json", *arguments],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            env={**os.environ, "PYTHONWARNINGS": "default", "HOME": str(folder), "PYTHONPATH": _TESTS},
        )
    assert process.stdout
    lines: list[str] = []
    for line in process.stdout:
        lines.append(line)
        if line == "}\n":
            return Up(process, json.loads("".join(lines)), log)
    with process:
        raise AssertionError(f"it ended with status {process.wait()}: {log.read_text()}")
