"""The pytest plugin ``loglake``: a fixture imports what it needs when a test asks for it, so no other test waits."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from loglake_cli.testing.events import EventsFactory
    from loglake_cli.testing.local_logs import LocalLogs

_DATASETS = "loglake_datasets"


def pytest_addoption(parser: pytest.Parser) -> None:
    """The setting that names the datasets file."""
    parser.addini(
        _DATASETS, "The datasets file of loglake, below the root folder; datasets.yaml if it is there.", default=""
    )


@pytest.fixture(scope="session")
def loglake_spark() -> Iterator[SparkSession]:
    """A quiet Spark session on this machine, with the settings that loglake's Glue jobs use; one for all tests."""
    from loglake_cli.testing.spark import quiet_session  # noqa: PLC0415

    with quiet_session() as spark:
        yield spark


@pytest.fixture(scope="session")
def loglake_datasets(pytestconfig: pytest.Config) -> Path | None:
    """The datasets file of the project; None if there is none."""
    named = str(pytestconfig.getini(_DATASETS))
    path = pytestconfig.rootpath / (named or "datasets.yaml")
    return path if named or path.is_file() else None


@pytest.fixture
def loglake_events(loglake_datasets: Path | None) -> EventsFactory:
    """A function that makes rows of events, as convert-logs would; see `loglake_cli.testing.events.EventsFactory`."""
    from loglake_cli.testing.events import EventsFactory  # noqa: PLC0415

    return EventsFactory(loglake_datasets)


@pytest.fixture(scope="session")
def loglake_local(loglake_datasets: Path | None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalLogs]:
    """The whole system on this machine, one for all tests; see `loglake_cli.testing.local_logs.LocalLogs`."""
    from loglake_cli.testing.local_logs import local_logs  # noqa: PLC0415

    with local_logs(loglake_datasets, tmp_path_factory.mktemp("loglake")) as logs:
        yield logs
