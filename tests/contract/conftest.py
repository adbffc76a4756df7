"""Fixtures of the behaviour suites: the adapters of the export job in Glue's Python shell."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.python_shell.shell import PythonShell, started_python_shell


@pytest.fixture(scope="session")
def shell() -> Iterator[PythonShell]:
    with started_python_shell() as started:
        yield started
