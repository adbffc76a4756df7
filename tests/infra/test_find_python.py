"""`infra/setup/find-python` finds the interpreter for ``make install``."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from loglake_cli.project_files import CLONE

pytestmark = pytest.mark.infra

FIND_PYTHON = CLONE / "infra" / "setup" / "find-python"


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """The only folder on the PATH."""
    return tmp_path


def add(machine: Path, name: str, script: str) -> None:
    """A command on the machine's PATH."""
    (machine / name).write_text(f"#!/bin/sh\n{script}\n")
    (machine / name).chmod(0o755)


def find(machine: Path, *versions: str) -> tuple[int, str, str]:
    environment = {"PATH": str(machine), "HOME": str(machine), "PYENV_ROOT": str(machine / "pyenv")}
    done = subprocess.run([FIND_PYTHON, *versions], env=environment, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout.strip(), done.stderr.strip()


def test_the_first_version_that_runs_is_taken(machine: Path) -> None:
    add(machine, "python9.3", "exit 127")  # a shim that only fails
    add(machine, "python9.2", "echo 9.2")
    add(machine, "python9.1", "echo 9.1")
    assert find(machine, "9.3", "9.2", "9.1") == (0, str(machine / "python9.2"), "")


def test_python3_is_taken_if_its_version_fits(machine: Path) -> None:
    add(machine, "python3", "echo 9.1")
    assert find(machine, "9.3", "9.1") == (0, str(machine / "python3"), "")


def test_uv_installs_the_first_version_if_there_is_none(machine: Path) -> None:
    uv = machine / "by-uv" / "python9.3"
    (machine / "python-of-uv").write_text("#!/bin/sh\necho 9.3\n")
    (machine / "python-of-uv").chmod(0o755)
    add(
        machine,
        "uv",
        f'[ "$2" = find ] || {{ /bin/mkdir {uv.parent}; /bin/cp {machine}/python-of-uv {uv}; exit; }}; echo {uv}',
    )
    assert find(machine, "9.3", "9.1") == (1, "", "")
    assert find(machine, "--get", "9.3", "9.1") == (0, str(uv), "No Python 9.3 9.1 found: uv installs Python 9.3 ...")


def test_uv_is_left_alone_if_a_version_is_there(machine: Path) -> None:
    add(machine, "uv", "echo called >&2; exit 1")
    add(machine, "python9.1", "echo 9.1")
    assert find(machine, "--get", "9.3", "9.1") == (0, str(machine / "python9.1"), "")


def test_a_uv_that_fails_gives_no_python(machine: Path) -> None:
    add(machine, "uv", "echo 'no network' >&2; exit 1")
    status, path, said = find(machine, "--get", "9.3")
    assert (status, path) == (1, "")
    assert "no network" in said
