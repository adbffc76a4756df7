"""The session has the settings that the code relies on."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

# PySpark leaves the sockets of collect() to the garbage collector.
pytestmark = [
    pytest.mark.spark,
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),
    pytest.mark.filterwarnings("ignore:Exception ignored in. <socket:pytest.PytestUnraisableExceptionWarning"),
]


def test_the_session_works_in_utc(session: SparkSession) -> None:
    (row,) = session.sql("SELECT DATE(TIMESTAMP_MILLIS(1795305599999)) AS day").collect()
    assert row.day == date(2026, 11, 21)
