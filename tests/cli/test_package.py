"""`loglake package` from the command line."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import pytest
from support.wheels import lock_of, make_wheel
from typer.testing import CliRunner

from loglake_cli.cli.app import app
from loglake_cli.deploy.extra_wheels import given_wheels

pytestmark = pytest.mark.infra


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the wheels of a small lock file, which replaces the project's."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    made = [make_wheel(folder, "isal", "9.9", f"{tag}-{tag}-manylinux2014_x86_64") for tag in ("cp311", "cp313")]
    (folder / "glue.lock").write_text(lock_of(made))
    monkeypatch.setattr("loglake_cli.cli.package.given_wheels", partial(given_wheels, lock=folder / "glue.lock"))
    return folder


def test_the_files_are_written_and_listed(wheels: Path, tmp_path: Path) -> None:
    output = tmp_path / "made" / "dist"
    done = CliRunner().invoke(app, ["package", "--wheels", str(wheels), "--output", str(output)])
    assert done.exit_code == 0, done.output
    names = sorted(path.name for path in output.iterdir())
    assert len(names) == 7
    assert all(name in done.stdout for name in names)
    assert f"7 files in {output}; SHA256SUMS has the SHA-256 of each." in done.stdout


def test_json_names_the_files(wheels: Path, tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["package", "--wheels", str(wheels), "--output", str(tmp_path / "a"), "--json"])
    assert sorted(json.loads(done.stdout)["files"]) == sorted(path.name for path in (tmp_path / "a").iterdir())


def test_a_missing_wheel_is_bad_input_and_nothing_is_written(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    done = CliRunner().invoke(app, ["package", "--wheels", str(tmp_path / "empty"), "--output", str(tmp_path / "dist")])
    assert done.exit_code == 2
    assert "has no wheel of isal" in done.stderr
    assert not (tmp_path / "dist").exists()
