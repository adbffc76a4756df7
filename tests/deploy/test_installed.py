"""loglake's wheel works beside a project that has folders with the same names as ours."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from support.local.installed import ROOT, installed, run_installed, sample_run, write_project

from loglake_cli.deploy.packaging import build_wheel
from loglake_cli.project_files import GLUE_LOCK

pytestmark = [pytest.mark.infra, pytest.mark.spark]


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment that has the wheel."""
    return installed(tmp_path_factory)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Somebody's own project."""
    folder = tmp_path_factory.mktemp("project")
    write_project(folder)
    return folder


def test_nothing_of_the_clone_is_in_reach(environment: Path, project: Path) -> None:
    program = "import loglake, loglake_cli; print(loglake.__file__, loglake_cli.__file__)"
    for file in run_installed(environment, project, "python", "-c", program).decode().split():
        assert Path(file).is_relative_to(environment)


def test_the_glue_wheel_has_the_same_bytes_as_built_in_the_clone(environment: Path, project: Path) -> None:
    program = "from loglake_cli.deploy import packaging as p; print(p.build_wheel().sha256)"
    assert run_installed(environment, project, "python", "-c", program).decode().strip() == build_wheel().sha256


def test_the_lock_of_what_glue_lacks_is_there(environment: Path, project: Path) -> None:
    program = "from loglake_cli.project_files import GLUE_LOCK; print(GLUE_LOCK.read_text(), end='')"
    assert run_installed(environment, project, "python", "-c", program).decode() == GLUE_LOCK.read_text()


def test_the_sample_runs_there(environment: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    project, document = sample_run(tmp_path_factory)
    assert (document["accounting"]["events_in"], document["accounting"]["rows_out"]) == (50_000, 50_000)
    query = ("loglake", "query", "SELECT count(*) AS n FROM app_shop", "--json", "--lake", "kept")
    counted = json.loads(run_installed(environment, project, *query))
    assert counted == [{"n": next(table["rows"] for table in document["tables"] if table["name"] == "app_shop")}]


def test_a_folder_of_logs_is_converted_there(environment: Path, project: Path) -> None:
    (project / "logs").mkdir()
    (project / "logs" / "app.log").write_text("2026-11-25T08:00:00Z INFO hello\n2026-11-25T09:00:00Z ERROR bye\n")
    document = json.loads(run_installed(environment, project, "loglake", "convert", "logs", "lake", "--json"))
    assert (document["accounting"]["events_in"], document["accounting"]["rows_out"]) == (2, 2)
    assert 'VIEW "logs"' in run_installed(environment, project, "loglake", "connect", "--lake", "lake").decode()


def test_the_tests_of_the_template_project_pass_there(environment: Path, tmp_path: Path) -> None:
    """A user's transformation in its own repository, tested with the fixtures of the wheel's plugin."""
    shutil.copytree(ROOT / "docs" / "template-project", tmp_path / "shop")
    tests = ("python", "-m", "pytest", "-q", "-p", "no:cacheprovider")
    assert "5 passed" in run_installed(environment, tmp_path / "shop", *tests).decode()
