"""The capacity of a job run, as AWS counts it."""

from __future__ import annotations

from typing import Any

import pytest

from gluelocal.model.reader import read_job

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("command", "properties", "dpu"),
    [
        ("pythonshell", {}, 0.0625),
        ("pythonshell", {"MaxCapacity": 1}, 1),
        ("glueetl", {}, 10),
        ("glueetl", {"MaxCapacity": 4}, 4),
        ("glueetl", {"WorkerType": "G.1X", "NumberOfWorkers": 5}, 5),
        ("glueetl", {"WorkerType": "G.2X", "NumberOfWorkers": "3"}, 6),
        ("gluestreaming", {"WorkerType": "G.025X", "NumberOfWorkers": 2}, 0.5),
        ("glueetl", {"WorkerType": "R.1X", "NumberOfWorkers": 2}, 2),
    ],
)
def test_the_capacity_of_a_job(command: str, properties: dict[str, Any], dpu: float) -> None:
    job = read_job("a", {"Command": {"Name": command, "ScriptLocation": "s3://c/a.py"}, "Role": "r", **properties}, "t")
    assert job.capacity == dpu
