"""Installs loglake's wheel beside a project that has folders with the same names as ours, and runs it there."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from functools import partial
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from packaging.requirements import Requirement

from support.local.made_once import made_once

if TYPE_CHECKING:
    import pytest

ROOT = Path(__file__).parents[3]


def installed(factory: pytest.TempPathFactory) -> Path:
    """A virtual environment with the wheel and its dependencies, but nothing from this clone."""
    return made_once(factory, "installed", _install) / "env"


def light(factory: pytest.TempPathFactory) -> Path:
    """A virtual environment with the wheel, and with the packages alone that it installs without any extra."""
    return made_once(factory, "light", _install_light) / "env"


def sample_run(factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """A writable folder with a run on the built-in sample, and the run's document.

    The wheel is what runs, in the folder of a project, and each part has its role's credentials alone. What was made is
    in ``kept``.
    """
    folder = factory.mktemp("sample") / "folder"
    shutil.copytree(made_once(factory, "sample-run", partial(_run_sample, installed(factory))), folder)
    return folder, json.loads((folder / "document.json").read_text())


def write_project(folder: Path) -> None:
    """Writes a user's project. Importing any of its packages ends the process."""
    for name in ("glue_jobs", "infra", "workflows", "tests"):
        (folder / name).mkdir()
        (folder / name / "__init__.py").write_text(f"raise SystemExit('{name} of the project was imported')\n")


def run_installed(environment: Path, project: Path, *command: str) -> bytes:
    """The output of a command of the environment, started in the project with its packages importable.

    What it says on standard error is in the project's ``progress.txt``.
    """
    names = ("PATH", "HOME", "LANG", "JAVA_HOME", "SPARK_SUBMIT_OPTS")
    kept = {name: os.environ[name] for name in names if name in os.environ}
    done = subprocess.run(
        [environment / "bin" / command[0], *command[1:]],
        cwd=project,
        env={**kept, "PYTHONPATH": str(project)},
        capture_output=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr.decode()
    (project / "progress.txt").write_bytes(done.stderr)
    return done.stdout


def _install(folder: Path) -> None:
    # Python searches the folders in such a file, but does not read .pth files there, such as an editable install's.
    (_packages_with_wheel(folder) / "dependencies.pth").write_text(sysconfig.get_path("purelib"))


def _install_light(folder: Path) -> None:
    packages, there = _packages_with_wheel(folder), Path(sysconfig.get_path("purelib"))
    files = (file for name in _needed("loglake") for file in metadata.distribution(name).files or [])
    for top in {file.parts[0] for file in files} - {"..", "__pycache__"}:
        (packages / top).symlink_to(there / top)


def _packages_with_wheel(folder: Path) -> Path:
    """Where a new environment has its packages: the wheel alone."""
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder], cwd=ROOT, check=True)
    (wheel,) = folder.glob("loglake-*.whl")
    venv.create(folder / "env", with_pip=False)
    pip = [sys.executable, "-m", "pip", "--python", str(folder / "env"), "--disable-pip-version-check"]
    subprocess.run([*pip, "install", "--quiet", "--no-deps", "--no-index", str(wheel)], check=True)
    (packages,) = (folder / "env").glob("lib/python*/site-packages")
    return packages


def _needed(name: str) -> set[str]:
    """The packages that one asks for without any extra, and those that these ask for."""
    asked = {Requirement(text) for text in metadata.requires(name) or []}
    names = {each.name for each in asked if each.marker is None or each.marker.evaluate({"extra": ""})}
    return names.union(*map(_needed, names))


def _run_sample(environment: Path, folder: Path) -> None:
    write_project(folder)
    command = ("loglake", "local", "run", "--json", "--enforce-iam", "--lake", "kept")
    (folder / "document.json").write_bytes(run_installed(environment, folder, *command))
