"""Another project's emulator of AWS, MiniStack, on a free port of this machine."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from socket import create_connection, socket
from typing import Any

import boto3
import pytest

PROGRAM = Path(__file__).parents[2] / ".venv-ministack" / "bin" / "ministack"
ACCOUNT, REGION = "123456789012", "eu-central-1"


@pytest.fixture(scope="module")
def clients(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Any]]:
    """Makes clients of an empty account."""
    folder, port = tmp_path_factory.mktemp("ministack"), _free_port()
    settings = {"BIND_HOST": "127.0.0.1", "GATEWAY_PORT": str(port), "MINISTACK_ACCOUNT_ID": ACCOUNT}
    settings |= {"MINISTACK_REGION": REGION, "HOME": str(folder), "TMPDIR": str(folder), "PATH": os.defpath}
    with (
        (folder / "log").open("wb") as log,
        subprocess.Popen([PROGRAM], env=settings, stdout=log, stderr=log) as server,
    ):
        try:
            _wait_for(server, port, folder / "log")
            session = boto3.Session(aws_access_key_id=ACCOUNT, aws_secret_access_key="any", region_name=REGION)
            yield cache(lambda service: session.client(service, endpoint_url=f"http://127.0.0.1:{port}"))
        finally:
            server.terminate()


def _free_port() -> int:
    with socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def _wait_for(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + 60
    while server.poll() is None and time.monotonic() < deadline:
        try:
            create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError(f"MiniStack does not answer: {log.read_text('utf-8')}")
