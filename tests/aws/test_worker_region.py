"""Spark workers know the Region, even if their environment has none."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from typing import Any, Callable

import boto3
import pytest

from loglake.aws.objects import open_store
from loglake.entrypoints import convert_logs

pytestmark = pytest.mark.unit

WORKER = """
import pickle, sys
open_store = pickle.loads(sys.stdin.buffer.read())
print(open_store("raw")._s3.meta.region_name)
"""


class _BuiltError(Exception):
    """Ends the job after it made its stage."""

    def __init__(self, open_store: Callable[[str], object]) -> None:
        super().__init__()
        self.open_store = open_store


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], object]:
    """The data that the job sends to its workers for opening a bucket; the driver's Region is eu-west-3."""

    def stage(_spark: None, open_store: Callable[[str], object], *_rest: object, **_named: object) -> object:
        raise _BuiltError(open_store)

    arguments = {"control_bucket": "c", "raw_bucket": "r", "lake_bucket": "l", "ledger_table": "t", "datasets_uri": "d"}
    arguments["landing_queue"] = "q"
    monkeypatch.setattr(sys, "argv", ["convert_logs", *(f"--{name}={value}" for name, value in arguments.items())])
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    for name, value in {"AWS_DEFAULT_REGION": "eu-west-3", "AWS_EC2_METADATA_DISABLED": "true"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(convert_logs, "spark_context", lambda _name: None)
    monkeypatch.setattr(convert_logs, "SparkConvertStage", stage)
    with pytest.raises(_BuiltError) as built:
        convert_logs.main()
    return built.value.open_store


def region_in_a_worker(open_store: Any) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    environment |= {"AWS_CONFIG_FILE": os.devnull, "AWS_EC2_METADATA_DISABLED": "true"}
    worker = [sys.executable, "-c", WORKER]
    done = subprocess.run(worker, input=pickle.dumps(open_store), env=environment, capture_output=True, check=True)
    return done.stdout.decode().strip()


def test_a_worker_without_a_region_takes_the_drivers(sent: Callable[[str], object]) -> None:
    assert region_in_a_worker(sent) == "eu-west-3"


def test_by_itself_it_takes_another() -> None:
    """Confirms that the worker of the test above has no Region."""
    assert region_in_a_worker(open_store) != "eu-west-3"
