"""The options of a job's JVM."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from gluelocal.executor.jobs.machine import SERIAL, SHORT_LIVED, java_options, job_java_options
from infra.class_archive import write_archive


def _said(options: str) -> str:
    """The output of a JVM with these options. Unlike Spark's launcher, it keeps quotes."""
    java = shutil.which("java")
    assert java
    command = [java, *options.replace('"', "").split(), "-version"]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=True).stdout


def test_without_an_archive_of_classes_it_is_the_option_of_short_runs(tmp_path: Path) -> None:
    assert java_options(tmp_path / "classes.jsa") == SHORT_LIVED


def test_a_jvm_takes_an_archive_that_is_for_it(tmp_path: Path) -> None:
    archive = tmp_path / "classes.jsa"
    assert write_archive(archive, lambda options: print(_said(options)))
    options = java_options(archive)
    assert options.startswith(SHORT_LIVED)
    assert f"Opened archive {archive}" in _said(f"{options} -Xlog:cds=info")
    assert f"Opened archive {archive}" in _said(f"{SERIAL} {options} -Xlog:cds=info")


def test_a_job_may_have_a_garbage_collector_of_its_own() -> None:
    own = "-XX:+UseG1GC -XX:MaxGCPauseMillis=100"
    assert SERIAL in job_java_options("spark.driver.memory=2g")
    options = job_java_options(f"spark.driver.extraJavaOptions={own}")
    assert "UseG1GC" in _said(f"{options} {own} -XX:+PrintFlagsFinal")


def test_a_jvm_ignores_any_other_without_a_word(tmp_path: Path) -> None:
    archive = tmp_path / "classes.jsa"
    archive.write_bytes(b"of another Java")
    assert not _said(java_options(archive))
