"""`infra.class_archive` writes a whole archive or none."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from infra import class_archive
from infra.class_archive import write_archive


def _writing(text: str, error: Exception | None = None) -> class_archive.Run:
    """A JVM that writes an archive, and then fails if there is an error."""

    def run(options: str) -> None:
        (named,) = re.findall(r'"-XX:ArchiveClassesAtExit=([^"]+)"', options)
        Path(named).write_text(text)
        if error:
            raise error

    return run


def test_what_a_jvm_writes_at_its_end_is_the_archive(tmp_path: Path) -> None:
    archive = tmp_path / "spark.jsa"
    assert write_archive(archive, _writing("classes"))
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("spark.jsa", "classes")]


def test_nothing_is_left_of_a_jvm_that_fails(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="no Java"):
        write_archive(tmp_path / "spark.jsa", _writing("half", OSError("no Java")))
    assert not list(tmp_path.iterdir())


def test_a_jvm_that_writes_none_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(class_archive, "CLASSES", tmp_path / "spark.jsa")
    monkeypatch.setattr(class_archive, "run_spark", lambda _options: None)
    class_archive.main()
    assert "Spark starts as slowly as ever" in capsys.readouterr().err


def test_one_that_is_there_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = tmp_path / "spark.jsa"
    archive.write_text("classes")
    monkeypatch.setattr(class_archive, "CLASSES", archive)
    monkeypatch.setattr(class_archive, "run_spark", _writing("others"))
    class_archive.main()
    assert archive.read_text() == "classes"
