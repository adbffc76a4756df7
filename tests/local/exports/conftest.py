"""Fixtures: an embedded AWS with a clock that only tests move."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from gluelocal.settable_clock import SettableClock
from loglake.core.units import parse_instant
from loglake_cli.local.exports.export_writing import Durations, ExportSettings
from loglake_cli.local.exports.exporting_aws import ExportingAws

NOW = parse_instant("2026-11-21")


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock(NOW)


@pytest.fixture
def export_settings() -> ExportSettings:
    """A test that needs other settings overrides this fixture."""
    return ExportSettings(durations=lambda _request: Durations(pending_s=10, running_s=60, cancelling_s=5))


@pytest.fixture
def still(clock: SettableClock, export_settings: ExportSettings) -> Iterator[ExportingAws]:
    """An embedded AWS on that clock, with a bucket ``raw``."""
    with ExportingAws(clock, export_settings) as embedded:
        embedded.client("s3").create_bucket(Bucket="raw")
        yield embedded


@pytest.fixture
def still_logs(still: ExportingAws) -> Any:
    return still.client("logs")
