"""A job's log for a reader."""

from __future__ import annotations

import io
from typing import Any

import pytest
from support.fakes.fakes import ManualClock

from loglake.core.units import EpochMs
from loglake.telemetry import Telemetry
from loglake_cli.ui.job_log import LogLine, log_parts

pytestmark = pytest.mark.unit

STARTUP = """\
WARNING: Using incubator modules: jdk.incubator.vector
Using Spark's default log4j profile: org/apache/spark/log4j2-defaults.properties
Setting default log level to "WARN".
To adjust logging level use sc.setLogLevel(newLevel). For SparkR, use setLogLevel(newLevel).
26/11/26 16:03:23 WARN NativeCodeLoader: Unable to load native-hadoop library for your platform...
26/11/26 16:03:24 INFO SparkContext: Running Spark version 4.1.1
/opt/lib/python3.9/site-packages/boto3/compat.py:89: PythonDeprecationWarning: Boto3 will no longer support Python 3.9
  warnings.warn(warning, PythonDeprecationWarning)"""


def event(name: str, **fields: Any) -> str:
    out = io.StringIO()
    Telemetry(ManualClock(EpochMs(1_732_550_645_334)), "jr_1", out).event(name, **fields)
    return out.getvalue().rstrip("\n")


def read(text: str) -> LogLine:
    (part,) = log_parts([(7, text)])
    assert not part.folded, text
    return part.lines[0]


def test_what_spark_java_and_python_say_of_themselves_is_folded() -> None:
    lines = [*STARTUP.splitlines(), event("planned"), "\tat org.apache.spark.rdd.RDD.run(RDD.scala:7)", "mine"]
    parts = log_parts(enumerate(lines))
    assert [(part.folded, len(part.lines)) for part in parts] == [(True, 8), (False, 1), (True, 1), (False, 1)]
    assert [line.at for part in parts for line in part.lines] == list(range(11))


@pytest.mark.parametrize(
    ("text", "level", "said"),
    [
        (event("planned", windows=9, requests=1, left=0, skipped=[]), "INFO", "planned: 9 windows, 1 requests"),
        (
            event(
                "window",
                log_group="/app/shop",
                window="[2026-11-23T00:00:19.745Z, 2026-11-24T00:00:00.000Z)",
                state="EXPORTED",
                reason="",
            ),
            "INFO",
            "window: /app/shop, 2026-11-23 00:00 to 2026-11-24 00:00, EXPORTED",
        ),
        (
            event("window", log_group="/app/shop", window="[a, b)", state="FAILED", reason="no right"),
            "ERROR",
            "window: /app/shop, [a, b), FAILED, no right",
        ),
        (event("window failed", reason="it broke"), "ERROR", "window failed: it broke"),
        (event("request rejected", key="k", reason="no JSON"), "WARN", "request rejected: k, no JSON"),
        (
            event("window converted", table="shop", accounting={"events_in": 50_000, "rows": 49_999, "late": 0}),
            "INFO",
            "window converted: table shop, 50,000 events in, 49,999 rows",
        ),
        (
            event("convert finished", landing={"scanned": 0, "failed": []}, ratio=0.5),
            "INFO",
            "convert finished: ratio 0.5",
        ),
        (event("convert finished", converted=1, failed=["x"]), "ERROR", 'convert finished: 1 converted, failed ["x"]'),
        ("26/11/26 16:03:23 WARN TaskSetManager: Lost task 0.0", "WARN", "TaskSetManager: Lost task 0.0"),
        ("26/11/26 16:03:23 ERROR Executor: Exception in task", "ERROR", "Executor: Exception in task"),
        ("Traceback (most recent call last):", "ERROR", "Traceback (most recent call last):"),
        ("botocore.exceptions.ClientError: denied", "ERROR", "botocore.exceptions.ClientError: denied"),
        ('  File "job.py", line 7, in <module>', "", '  File "job.py", line 7, in <module>'),
        ('{"event": 7}', "", '{"event": 7}'),
        ("{not JSON", "", "{not JSON"),
        ("line 7", "", "line 7"),
        ("", "", ""),
    ],
)
def test_a_line_is_a_level_and_a_sentence(text: str, level: str, said: str) -> None:
    line = read(text)
    assert (line.at, line.level, line.text) == (7, level, said)


def test_a_line_has_the_time_that_it_says() -> None:
    assert read(event("planned")).time == "16:04:05"
    assert read("26/11/26 16:03:23 ERROR Executor: Exception in task").time == "16:03:23"
