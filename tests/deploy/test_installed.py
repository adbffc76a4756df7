"""The wheel of loglake, installed beside a project that has folders of the same names as ours."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from loglake_cli.deploy.extra_wheels import read_lock
from loglake_cli.deploy.packaging import build_wheel

pytestmark = [pytest.mark.infra, pytest.mark.spark]

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment that has the wheel, and what it depends on, but nothing of this clone."""
    folder = tmp_path_factory.mktemp("installed")
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder], cwd=ROOT, check=True)
    (wheel,) = folder.glob("loglake-*.whl")
    venv.create(folder / "env", with_pip=False)
    pip = [sys.executable, "-m", "pip", "--python", str(folder / "env"), "--disable-pip-version-check"]
    subprocess.run([*pip, "install", "--quiet", "--no-deps", "--no-index", str(wheel)], check=True)
    (packages,) = (folder / "env").glob("lib/python*/site-packages")
    # What such a file names is searched for modules; .pth files there, such as an editable install's, are not read.
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    return folder / "env"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Somebody's own project; importing any of its packages ends the process."""
    folder = tmp_path_factory.mktemp("project")
    for name in ("glue_jobs", "infra", "workflows", "tests"):
        (folder / name).mkdir()
        (folder / name / "__init__.py").write_text(f"raise SystemExit('{name} of the project was imported')\n")
    return folder


def run(environment: Path, project: Path, *command: str) -> bytes:
    """What a command of the environment prints, started in the project with its packages in reach."""
    names = ("PATH", "HOME", "LANG", "JAVA_HOME", "SPARK_SUBMIT_OPTS")
    kept = {name: os.environ[name] for name in names if name in os.environ}
    done = subprocess.run(
        [environment / "bin" / command[0], *command[1:]],
        cwd=project,
        env={**kept, "PYTHONPATH": str(project)},
        capture_output=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def test_nothing_of_the_clone_is_in_reach(environment: Path, project: Path) -> None:
    program = "import loglake, loglake_cli; print(loglake.__file__, loglake_cli.__file__)"
    for file in run(environment, project, "python", "-c", program).decode().split():
        assert Path(file).is_relative_to(environment)


def test_the_glue_wheel_has_the_same_bytes_as_built_in_the_clone(environment: Path, project: Path) -> None:
    program = "from loglake_cli.deploy import packaging as p; print(p.build_wheel().sha256)"
    assert run(environment, project, "python", "-c", program).decode().strip() == build_wheel().sha256


def test_the_lock_of_what_glue_lacks_is_there(environment: Path, project: Path) -> None:
    program = "from loglake_cli.deploy.extra_wheels import read_lock; print([each.name for each in read_lock()])"
    assert run(environment, project, "python", "-c", program).decode().strip() == str(
        [each.name for each in read_lock()]
    )


def test_the_sample_runs_there(environment: Path, project: Path) -> None:
    document = json.loads(run(environment, project, "loglake", "local", "run", "--json"))
    assert (document["accounting"]["events_in"], document["accounting"]["rows_out"]) == (50_000, 50_000)
    counted = json.loads(run(environment, project, "loglake", "query", "SELECT count(*) AS n FROM app_shop", "--json"))
    assert counted == [{"n": next(table["rows"] for table in document["tables"] if table["name"] == "app_shop")}]


def test_a_folder_of_logs_is_converted_there(environment: Path, project: Path) -> None:
    (project / "logs").mkdir()
    (project / "logs" / "app.log").write_text("2026-11-25T08:00:00Z INFO hello\n2026-11-25T09:00:00Z ERROR bye\n")
    document = json.loads(run(environment, project, "loglake", "convert", "logs", "lake", "--json"))
    assert (document["accounting"]["events_in"], document["accounting"]["rows_out"]) == (2, 2)
    assert 'VIEW "logs"' in run(environment, project, "loglake", "connect", "--output", "lake").decode()


def test_the_tests_of_the_template_project_pass_there(environment: Path, tmp_path: Path) -> None:
    """Somebody's transformation in a repository of its own, with the fixtures of the plugin that the wheel brings."""
    shutil.copytree(ROOT / "docs" / "template-project", tmp_path / "shop")
    done = run(environment, tmp_path / "shop", "python", "-m", "pytest", "-q", "-p", "no:cacheprovider").decode()
    assert "4 passed" in done
