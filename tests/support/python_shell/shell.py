"""The export job's adapters as in Glue's Python shell: on Python 3.9 with its boto3."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

import pytest

from loglake_cli.project_files import python_shell
from support.python_shell.messages import receive, send

if TYPE_CHECKING:
    from gluelocal.cloud.embedded_aws import EmbeddedAws
    from loglake.core.ports.objects import ObjectStore

ROOT = Path(__file__).parents[3]


class PythonShell:
    """A process of that Python that makes adapters and calls them."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._in = cast("BinaryIO", process.stdin)
        self._out = cast("BinaryIO", process.stdout)

    def adapter(self, aws: EmbeddedAws, kind: str, *arguments: Any) -> Any:
        """One of `adapters.ADAPTERS`, used as if it were local; the values of a generator come all at once."""
        send(self._in, ("make", aws.environment(), kind, arguments))
        return _Adapter(self, receive(self._out))

    def objects(self, aws: EmbeddedAws, bucket: str) -> ObjectStore:
        store: ObjectStore = _Bucket(self, self.adapter(aws, "objects", bucket).number)
        return store

    def call(self, number: int, name: str, *arguments: Any, **named: Any) -> Any:
        plain = tuple(list(each) if isinstance(each, Iterator) else each for each in arguments)
        send(self._in, ("call", number, name, plain, named))
        kind, value = receive(self._out)
        if kind == "error":
            cls, args, fields = value
            error = cls.__new__(cls, *args)
            vars(error).update(fields)
            raise error
        return iter(value) if kind == "items" else value


class _Adapter:
    def __init__(self, shell: PythonShell, number: int) -> None:
        self._shell = shell
        self.number = number

    def __getattr__(self, name: str) -> Any:
        return lambda *arguments, **named: self._shell.call(self.number, name, *arguments, **named)


class _Bucket(_Adapter):
    @property
    def bucket(self) -> str:
        return str(self._shell.call(self.number, "bucket"))


@contextmanager
def started_python_shell() -> Iterator[PythonShell]:
    """Starts it; skips the test where this machine has no Python 3.9, which CI has (`make install` sees to that)."""
    python = python_shell()
    if python is None:
        pytest.skip(
            "this machine has no Python 3.9, which Python shell jobs run on; in CI make install fails without it"
        )
    path = f"{ROOT / 'glue_jobs'}:{ROOT / 'tests'}"
    process = subprocess.Popen(
        [python, "-W", "error", "-m", "support.python_shell.adapters"],
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with process:
        try:
            yield PythonShell(process)
        finally:
            cast("BinaryIO", process.stdin).close()
