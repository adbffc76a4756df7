from __future__ import annotations

import gc
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from support.local.sparks import spark_of_tests

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


@pytest.fixture(scope="session")
def session() -> Iterator[SparkSession]:
    """One Spark for all tests of this folder."""
    with spark_of_tests("loglake-tests") as spark:
        yield spark


@pytest.fixture(autouse=True)
def _no_garbage_for_others() -> Iterator[None]:
    """Collects PySpark's sockets while the filter for their warnings holds."""
    yield
    gc.collect()


@pytest.fixture(params=["as it is", "batches of 3, Los Angeles"])
def spark(request: pytest.FixtureRequest, session: SparkSession) -> Iterator[SparkSession]:
    """The session, with and without settings that must not matter: small Arrow batches and another time zone."""
    changed = {"spark.sql.execution.arrow.maxRecordsPerBatch": "3", "spark.sql.session.timeZone": "America/Los_Angeles"}
    before = {name: session.conf.get(name) for name in changed}
    if request.param != "as it is":
        for name, value in changed.items():
            session.conf.set(name, value)
    yield session
    for name, earlier in before.items():
        session.conf.set(name, str(earlier))
