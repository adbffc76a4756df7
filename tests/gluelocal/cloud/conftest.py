"""Fixtures: an embedded AWS with a clock that only tests move."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from support.gluelocal.times import parse_instant

from gluelocal.cloud.embedded_aws import EmbeddedAws
from gluelocal.settable_clock import SettableClock

NOW = parse_instant("2026-11-21")


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock(NOW)


@pytest.fixture
def still(clock: SettableClock) -> Iterator[EmbeddedAws]:
    """An embedded AWS on that clock, with a bucket ``raw``."""
    with EmbeddedAws(clock) as embedded:
        embedded.client("s3").create_bucket(Bucket="raw")
        yield embedded


@pytest.fixture
def still_logs(still: EmbeddedAws) -> Any:
    return still.client("logs")
