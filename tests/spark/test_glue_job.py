"""Glue's own Job class around a run: there on AWS Glue alone, where Glue's jars are."""

from __future__ import annotations

import sys
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from loglake.spark.glue_job import glue_job, has_glue_jars

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = pytest.mark.spark


class GlueJob:
    """Stands in for ``awsglue.job.Job``, which needs Glue's jars."""

    def __init__(self, context: Any, reported: list[Any]) -> None:
        self._reported = reported
        reported.append(("Job", context))

    def init(self, name: str, arguments: dict[str, str]) -> None:
        self._reported.append(("init", name, arguments))

    def commit(self) -> None:
        self._reported.append("commit")


@pytest.fixture
def on_glue(monkeypatch: pytest.MonkeyPatch) -> tuple[Any, list[Any]]:
    """A session whose JVM knows Glue's class, and what is told to that class."""
    reported: list[Any] = []
    context, job = ModuleType("awsglue.context"), ModuleType("awsglue.job")
    vars(context)["GlueContext"] = lambda spark_context: ("GlueContext", spark_context)
    vars(job)["Job"] = lambda glue_context: GlueJob(glue_context, reported)
    monkeypatch.setitem(sys.modules, "awsglue.context", context)
    monkeypatch.setitem(sys.modules, "awsglue.job", job)
    return session_with(lambda name: name), reported


def session_with(for_name: Any) -> Any:
    """A session whose JVM finds classes as a function says."""
    jvm = SimpleNamespace(java=SimpleNamespace(lang=SimpleNamespace(Class=SimpleNamespace(forName=for_name))))
    return SimpleNamespace(sparkContext=SimpleNamespace(_jvm=jvm))


def test_on_glue_the_job_begins_before_the_run_and_is_committed_after(on_glue: tuple[Any, list[Any]]) -> None:
    spark, reported = on_glue
    with glue_job(spark, "convert-logs"):
        reported.append("run")
    made = ("Job", ("GlueContext", spark.sparkContext))
    assert reported == [made, ("init", "convert-logs", {}), "run", "commit"]


def test_a_run_that_fails_is_not_committed(on_glue: tuple[Any, list[Any]]) -> None:
    spark, reported = on_glue
    with pytest.raises(ZeroDivisionError), glue_job(spark, "convert-logs"):
        raise ZeroDivisionError
    assert "commit" not in reported


def test_plain_spark_knows_no_such_class(session: SparkSession) -> None:
    assert not has_glue_jars(session)
    with glue_job(session, "convert-logs"):
        pass


def test_a_jvm_that_does_not_answer_is_no_plain_spark() -> None:
    def for_name(name: str) -> None:
        raise ConnectionRefusedError("the JVM is gone")

    with pytest.raises(ConnectionRefusedError):
        has_glue_jars(session_with(for_name))
