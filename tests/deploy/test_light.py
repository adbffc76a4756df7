"""`pip install loglake` is enough for what needs neither Spark nor an AWS on this machine."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from support.local.installed import light, run_installed, sample_run

pytestmark = pytest.mark.infra

MOST_BYTES = 380_000_000
"""What the packages may take on disk, so that a person who only converts some files waits seconds for them."""


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return light(tmp_path_factory)


@pytest.fixture(scope="module")
def project(environment: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a log file, and with the folder that was made of it."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "app.log").write_text("2026-11-25T08:00:00Z INFO hello\n2026-11-25T09:00:00Z ERROR bye\n")
    run_installed(environment, folder, "loglake", "convert", "app.log", "lake", "--json")
    return folder


def test_it_has_no_spark_no_pandas_and_no_emulated_aws(environment: Path, project: Path) -> None:
    program = (
        "from importlib.util import find_spec as f; print([n for n in "
        "('pandas', 'pyspark', 'py4j', 'moto', 'werkzeug', 'jinja2', 'hatchling', 'jupyterlab') if f(n)])"
    )
    assert run_installed(environment, project, "python", "-c", program).decode().strip() == "[]"


def test_it_is_small(environment: Path) -> None:
    (packages,) = environment.glob("lib/python*/site-packages")
    files = [file for top in packages.iterdir() for file in (top, *top.resolve().rglob("*"))]
    assert sum(file.stat().st_size for file in files if file.is_file() and file.suffix != ".pyc") <= MOST_BYTES


def test_a_log_file_is_converted_described_and_verified(environment: Path, project: Path) -> None:
    def said(*command: str) -> str:
        return run_installed(environment, project, "loglake", *command).decode()

    assert 'VIEW "app_log"' in said("connect", "--lake", "lake")
    assert json.loads(said("verify", "--lake", "lake", "--json"))["damage"] == []
    assert "100.0% read" in said("formats", "try", "app.log")


@pytest.mark.spark
def test_the_tables_of_a_local_run_are_queried(environment: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Somebody with the whole loglake made them."""
    folder, document = sample_run(tmp_path_factory)
    sql = "SELECT count(*) AS n, max(event_time) > current_timestamp AS later FROM app_shop"
    answer = json.loads(run_installed(environment, folder, "loglake", "query", sql, "--json", "--lake", "kept"))
    rows = next(table["rows"] for table in document["tables"] if table["name"] == "app_shop")
    assert answer == [{"n": rows, "later": False}]


@pytest.mark.parametrize(
    ("command", "extra"),
    [
        (("local", "run"), "local"),
        (("deploy", "--help"), "deploy"),
        (("notebook",), "notebook"),
        (("convert", "app.log", "other", "--engine", "spark"), "spark"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_command_names_the_extra_that_it_lacks(
    environment: Path, project: Path, command: tuple[str, ...], extra: str
) -> None:
    done = subprocess.run(
        [environment / "bin" / "loglake", *command], cwd=project, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert f"pip install 'loglake[{extra}]'`, and then this command again." in done.stderr
    assert "Traceback" not in done.stderr


def test_the_api_is_in_the_wheel(environment: Path, project: Path) -> None:
    program = (
        "import loglake, sys; assert loglake.__file__.startswith(sys.prefix), loglake.__file__; "
        "print(loglake.convert('app.log', 'of_api', table='app').accounting.rows_out, "
        "loglake.query('SELECT level FROM app ORDER BY 1', 'of_api').table.column('level').to_pylist())"
    )
    assert run_installed(environment, project, "python", "-c", program) == b"2 ['ERROR', 'INFO']\n"


def test_the_plugin_of_pytest_needs_no_extra(environment: Path, project: Path) -> None:
    program = (
        "from loglake_cli.testing.events import EventsFactory; "
        "print(EventsFactory(None)(['2026-11-25T08:00:00Z INFO hello']).table.num_rows)"
    )
    assert run_installed(environment, project, "python", "-c", program) == b"1\n"
