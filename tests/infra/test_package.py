"""`python -m infra.package`: what the jobs run, in a folder."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from support.wheels import lock_of, make_wheel

from infra import package
from loglake.errors import ConfigError
from loglake_cli.deploy import packaged_files as extra_wheels

pytestmark = pytest.mark.infra


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder from which pip takes all wheels, without an index."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setattr(sys, "argv", ["package", str(tmp_path / "made" / "dist")])
    return folder


def test_the_files_are_written_and_listed_without_network(
    wheels: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made = [make_wheel(wheels, "isal", "9.9", f"{tag}-{tag}-manylinux2014_x86_64") for tag in ("cp311", "cp313")]
    (tmp_path / "glue.lock").write_text(lock_of(made))
    locked = extra_wheels.downloaded_wheels
    monkeypatch.setattr(package, "downloaded_wheels", lambda: locked(tmp_path / "glue.lock"))
    package.main()
    printed, names = capsys.readouterr().out, sorted(path.name for path in (tmp_path / "made" / "dist").iterdir())
    assert len(names) == 8
    assert all(name in printed for name in names)
    assert "SHA256SUMS has the SHA-256 of each." in printed


def test_without_a_wheel_nothing_is_written(wheels: Path, tmp_path: Path) -> None:
    assert [*wheels.iterdir()] == []
    with pytest.raises(ConfigError, match=r"can't download the wheels of glue\.lock .*PIP_FIND_LINKS"):
        package.main()
    assert not (tmp_path / "made").exists()
