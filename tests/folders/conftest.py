"""Fixtures of the tests of folders."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def guarded() -> Iterator[Path]:
    """A folder of a normal user. The test runs as this user, because permissions don't stop root."""
    user = os.geteuid()
    if not user:
        os.seteuid(65534)
    try:
        with tempfile.TemporaryDirectory() as folder:  # pytest's own folders are for their owner alone
            yield Path(folder)
    finally:
        os.seteuid(user)
