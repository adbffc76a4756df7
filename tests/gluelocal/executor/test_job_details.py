"""Arguments, logs and sessions of jobs."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from gluelocal.executor.jobs.arguments import (
    file_uris,
    library_uris,
    refusals,
    script_arguments,
    spark_submit_arguments,
)
from gluelocal.executor.jobs.logs import error_of, tail
from gluelocal.executor.jobs.sessions import end_session, session_members, start_session
from gluelocal.model.model import Job

pytestmark = pytest.mark.unit


def test_libraries_are_all_s3_entries_in_order() -> None:
    arguments = {
        "--extra-py-files": "s3://c/a.whl, s3://c/b.zip",
        "--additional-python-modules": "s3://c/d.whl,isal==1.9.1,boto3==1.42.97",
        "--extra-files": "s3://c/x.json",
    }
    assert library_uris(arguments) == ["s3://c/a.whl", "s3://c/b.zip", "s3://c/d.whl"]
    assert file_uris(arguments) == ["s3://c/x.json"]
    assert library_uris({}) == []


def test_spark_settings_become_submit_arguments() -> None:
    assert spark_submit_arguments({"--conf": "a=1 --conf b=2"}) == "--conf a=1 --conf b=2 pyspark-shell"
    assert spark_submit_arguments({}) == ""


@pytest.mark.parametrize(
    ("arguments", "refused"),
    [
        ({"--job-language": "python", "--job-bookmark-option": "job-bookmark-disable", "--mine": "x"}, []),
        ({"--job-language": "scala"}, ["--job-language scala"]),
        ({"--job-bookmark-option": "job-bookmark-enable"}, ["--job-bookmark-option job-bookmark-enable"]),
        ({"--JOB_NAME": "x", "--extra-jars": "s3://c/a.jar"}, ["--JOB_NAME x", "--extra-jars s3://c/a.jar"]),
        ({"size": "3"}, ["size must begin with --"]),
    ],
)
def test_arguments_that_would_mean_something_else_are_refused(arguments: dict[str, str], refused: list[str]) -> None:
    problems = refusals(Job("j", "glueetl", "s3://c/x.py"), arguments)
    assert len(problems) == len(refused)
    assert all(part in problem for part, problem in zip(refused, problems, strict=True))


def test_only_spark_jobs_get_their_name() -> None:
    spark, shell = Job("j", "glueetl", "s3://c/x.py"), Job("j", "pythonshell", "s3://c/x.py")
    assert script_arguments(spark, "jr_1", {"--a": ""}) == ["--JOB_NAME", "j", "--JOB_RUN_ID", "jr_1", "--a", ""]
    assert script_arguments(shell, "jr_1", {"--a": "b c"}) == ["--a", "b c"]


def test_the_tail_is_the_last_lines(tmp_path: Path) -> None:
    log = tmp_path / "log"
    assert tail(log, 3) == ()
    log.write_bytes(b"")
    assert tail(log, 3) == ()
    log.write_bytes("".join(f"line {number} é\n" for number in range(5_000)).encode() + b"no newline \xff")
    assert tail(log, 3) == ("line 4998 é", "line 4999 é", "no newline �")
    log.write_bytes(b"x" * 100_000)
    assert len(tail(log, 3)[0]) <= 3 * 400


@pytest.mark.parametrize(
    ("lines", "error"),
    [
        (
            ["Traceback (most recent call last):", '  File "x"', "    y()", "ValueError: no", "INFO shutting down"],
            "ValueError: no",
        ),
        (
            [
                "Traceback (most recent call last):",
                "  x",
                "KeyError: 1",
                "During ...",
                "Traceback (most recent call last):",
                "  y",
                "E: 2",
            ],
            "E: 2",
        ),
        (["Traceback (most recent call last):", "  cut"], "Traceback (most recent call last):"),
        (["one", "", "two", "three", "  four  "], "two\nthree\n  four"),
        ([], ""),
    ],
)
def test_the_error_is_what_a_person_would_look_for(lines: list[str], error: str) -> None:
    assert error_of(lines) == error


@pytest.mark.local
def test_a_session_is_ended_with_all_its_groups(tmp_path: Path) -> None:
    log = tmp_path / "log"
    script = "set -m; sleep 60 & sleep 60 & echo started; wait"  # -m: each in a process group of its own
    leader = start_session(["/bin/bash", "-c", script], {"PATH": "/usr/bin:/bin"}, tmp_path, log, log)
    deadline = time.monotonic() + 10
    while (len(session_members(leader)) < 3 or not tail(log, 1)) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert len(session_members(leader)) == 3
    end_session(leader, 2)
    assert session_members(leader) == []
    assert leader.returncode is not None
    assert tail(log, 1) == ("started",)
