"""The convert job as Glue runs it: submitted, with executors in processes of their own that die."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest
from support.faults.fault_names import DROPPED
from support.faults.injection import FaultRule, faults_of
from support.gluelocal.ambient import point_at

from gluelocal.executor.jobs.arguments import script_arguments
from gluelocal.executor.jobs.sessions import Leader, end_session, session_members, start_session
from loglake.aws.system_clock import SystemClock
from loglake.core.ledger.row import WindowState
from loglake.core.schema.datasets import Datasets
from loglake.core.units import MS_PER_DAY, EpochMs, LogGroupName, parse_instant
from loglake.core.windows import Window
from loglake.entrypoints import export_logs
from loglake_cli.local.stack import LocalStack, StackSettings
from loglake_cli.project_files import CONVERT_LAUNCHER

if TYPE_CHECKING:
    from gluelocal.cloud.wire.calls import Call

pytestmark = [pytest.mark.spark, pytest.mark.local]

SHOP = LogGroupName("/app/shop")
BEGIN = parse_instant("2026-11-18")
DAYS, PER_DAY = 5, 20
MASTER, DRIVER_HOST = "local-cluster[1,1,1024]", "localhost"
JVM = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
"""Half the processor time of JVMs that live for seconds."""
WITHIN_S = 300
"""Far more than it takes: a machine that has other work to do must not fail a test."""


class Killer:
    """Kills the process that stages a file: the Python worker at the second file, the executor at the fourth."""

    def __init__(self) -> None:
        self.job: Leader | None = None
        self.killed: list[str] = []
        self._staged = 0

    def __call__(self, call: Call) -> bool:
        """Kills at certain calls; returns whether the call breaks off."""
        if "/staging/" not in call.environ["PATH_INFO"]:
            return False
        self._staged += 1
        victim = {2: "pyspark.daemon", 4: "CoarseGrainedExecutorBackend"}.get(self._staged)
        if victim is None or self.job is None:
            return False
        found = [pid for pid in session_members(self.job) if victim in _command(pid)]
        for pid in found:
            os.kill(pid, signal.SIGKILL)
        self.killed += [victim] if found else []
        return True


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(errors="replace")
    except OSError:  # it ended meanwhile
        return ""


@pytest.fixture
def stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalStack]:
    """A deployment with some exported days of a log group."""
    with LocalStack(Datasets.for_groups([SHOP]), StackSettings(tmp_path / "logs"), SystemClock()) as stack:
        events = [(EpochMs(BEGIN + n * MS_PER_DAY // PER_DAY), f'{{"n":{n}}}') for n in range(DAYS * PER_DAY)]
        stack.aws.log_store.load(SHOP, "web", events, SystemClock().now_ms())
        for day in range(DAYS):
            stack.put_request(
                [SHOP], Window(EpochMs(BEGIN + day * MS_PER_DAY), EpochMs(BEGIN + (day + 1) * MS_PER_DAY))
            )
        point_at(stack.aws, monkeypatch)
        monkeypatch.setenv("LOGLAKE_POLL_SECONDS", "0.1")
        job = stack.model.jobs["loglake-export-logs"]
        monkeypatch.setattr(sys, "argv", ["script.py", *script_arguments(job, "jr_1", job.default_arguments)])
        export_logs.main()
        yield stack


def submit(stack: LocalStack, folder: Path) -> Leader:
    """Starts the script of convert-logs by spark-submit, with an event log."""
    settings = {
        "spark.driver.host": DRIVER_HOST,
        "spark.driver.memory": "512m",
        "spark.driver.extraJavaOptions": JVM,
        "spark.executor.memory": "512m",
        "spark.executor.extraJavaOptions": JVM,
        "spark.ui.enabled": "false",
        "spark.eventLog.enabled": "true",
        "spark.eventLog.dir": folder.as_uri(),
        "spark.eventLog.compress": "false",
        "spark.eventLog.rolling.enabled": "false",
    }
    job = stack.model.jobs["loglake-convert-logs"]
    spark_submit = str(Path(sys.executable).with_name("spark-submit"))
    configured = [word for item in settings.items() for word in ("--conf", "=".join(item))]
    script = [str(CONVERT_LAUNCHER), *script_arguments(job, "jr_2", job.default_arguments)]
    environment = {**stack.jobs.environment, "SPARK_WORKER_DIR": str(folder / "worker")}
    command = [spark_submit, "--master", MASTER, *configured, *script]
    return start_session(command, environment, folder, folder / "out", folder / "err")


def ended(job: Leader, folder: Path) -> list[dict[str, Any]]:
    """Waits for a job to succeed; returns Spark's log of it."""
    try:
        assert job.wait(WITHIN_S) == 0, (folder / "err").read_text()[-4000:]
    except subprocess.TimeoutExpired:
        pytest.fail((folder / "err").read_text()[-4000:])
    (log,) = [path for path in folder.iterdir() if path.name.startswith(("app-", "local-"))]
    return [json.loads(line) for line in log.read_text().splitlines()]


def rows(stack: LocalStack) -> list[int]:
    s3, lake = stack.client("s3"), stack.outputs["LakeBucket"]
    files = s3.list_objects_v2(Bucket=lake, Prefix="tables/app_shop/")["Contents"]
    bodies = [s3.get_object(Bucket=lake, Key=file["Key"])["Body"].read() for file in files]
    found: list[Any] = [n for body in bodies for n in pq.read_table(io.BytesIO(body)).column("n").to_pylist()]
    return sorted(found)


def test_every_row_comes_once_although_a_worker_and_an_executor_die_half_way(stack: LocalStack, tmp_path: Path) -> None:
    killer = Killer()
    faults_of(stack.aws).add(FaultRule(DROPPED, service="s3", operation="PutObject", when=killer))
    killer.job = submit(stack, tmp_path)
    try:
        events = ended(killer.job, tmp_path)
    finally:
        end_session(killer.job, grace_s=5)

    assert killer.killed == ["pyspark.daemon", "CoarseGrainedExecutorBackend"]
    assert rows(stack) == list(range(DAYS * PER_DAY))
    assert {row.state for row in stack.ledger.rows(SHOP)} == {WindowState.CONVERTED}
    names = [event["Event"] for event in events]
    assert names.count("SparkListenerExecutorAdded") == 2  # the second in place of the one that was killed
    (spark,) = [event["Spark Properties"] for event in events if event["Event"] == "SparkListenerEnvironmentUpdate"]
    assert (spark["spark.master"], spark["spark.driver.host"]) == (MASTER, DRIVER_HOST)
