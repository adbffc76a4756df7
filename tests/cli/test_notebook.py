"""`loglake notebook`: what it starts, and the first cell for Glue Interactive Sessions."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from support.deployments.operated import loglake

from loglake_cli.cli import notebook as command
from loglake_cli.operations.notebook.jupyter import Lab
from loglake_cli.project_files import NOTEBOOKS

pytestmark = pytest.mark.unit

URL = "http://127.0.0.1:1/lab?token=x"
ZIP = "s3://lake-control/artifacts/1/loglake-glue-0.1.0-cp313.gluewheels.zip"
ROLE = "arn:aws:iam::123456789012:role/lake-convert-logs"


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """The arguments and environment of a JupyterLab that ends at once."""
    calls: list[tuple[Any, ...]] = []

    @contextmanager
    def running(folder: Path, home: Path, port: int, kernel: Mapping[str, Any]) -> Iterator[Lab]:
        calls.append((folder, home, port, kernel))
        with subprocess.Popen([sys.executable, "-c", ""]) as process:
            yield Lab(URL, process)

    monkeypatch.setattr(command, "running_lab", running)
    return calls


@pytest.fixture
def job(catalog: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The convert job of the deployment ``lake``."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    catalog.create_job(
        Name="lake-convert-logs",
        Role=ROLE,
        Command={"Name": "glueetl"},
        GlueVersion="6.0",
        WorkerType="G.1X",
        NumberOfWorkers=5,
        DefaultArguments={
            "--additional-python-modules": ZIP,
            "--python-modules-installer-option": "--no-index",
            "--ledger_table": "lake-ledger",
        },
    )


def test_it_starts_jupyterlab_on_a_kept_run(
    kept: Callable[..., str], started: list[tuple[Any, ...]], tmp_path: Path
) -> None:
    keep = Path(kept())
    done = loglake("notebook", str(tmp_path / "mine"), "--keep", str(keep), "--port", "8899")
    assert done.exit_code == 0, done.stderr
    assert started == [(tmp_path / "mine", keep.parent / "notebook", 8899, {"keep": keep})]
    assert URL in done.stdout
    copied = sorted(path.name for path in (tmp_path / "mine").iterdir())
    assert copied == sorted(path.name for path in NOTEBOOKS.glob("*.ipynb"))
    again = loglake("notebook", str(tmp_path / "mine"), "--keep", str(keep), "--json")
    assert json.loads(again.stdout)["url"] == URL


def test_without_a_run_it_says_what_to_do(started: list[tuple[Any, ...]], tmp_path: Path) -> None:
    done = loglake("notebook", str(tmp_path / "mine"), "--keep", str(tmp_path / "none"))
    assert done.exit_code == 2
    assert "run `loglake local run` first" in done.stderr
    assert not started
    assert not (tmp_path / "mine").exists()


def test_a_terminal_that_is_closed_stops_it(
    kept: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Closed:
        def wait(self) -> None:
            signal.raise_signal(signal.SIGHUP)

    @contextmanager
    def running(*_: Any) -> Iterator[Any]:
        yield Lab(URL, Closed())  # type: ignore[arg-type]

    monkeypatch.setattr(command, "running_lab", running)
    before = signal.getsignal(signal.SIGHUP)
    done = loglake("notebook", str(tmp_path / "mine"), "--keep", kept())
    assert (done.exit_code, done.stderr.strip()) == (0, "Stopped.")
    assert signal.getsignal(signal.SIGHUP) == before


@pytest.mark.usefixtures("job")
def test_for_aws_it_prints_the_first_cell(started: list[tuple[Any, ...]]) -> None:
    done = loglake("notebook", "--aws", "lake")
    assert done.exit_code == 0, done.stderr
    magic, _, settings = done.stdout.partition("\n")
    assert magic == "%%configure"
    assert json.loads(settings) == {
        "glue_version": "6.0",
        "worker_type": "G.1X",
        "number_of_workers": 2,
        "idle_timeout": 30,
        "iam_role": ROLE,
        "--additional-python-modules": ZIP,
        "--python-modules-installer-option": "--no-index",
    }
    assert json.loads(loglake("notebook", "--aws", "lake", "--json").stdout)["cell"] == done.stdout.strip()
    assert not started


@pytest.mark.usefixtures("job")
def test_a_deployment_that_is_not_there_is_a_sentence() -> None:
    done = loglake("notebook", "--aws", "other")
    assert done.exit_code == 2
    assert "there is no loglake with the prefix other" in done.stderr


@pytest.mark.usefixtures("job")
def test_a_stack_of_this_machine_gets_jupyterlab(
    started: list[tuple[Any, ...]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")
    done = loglake("notebook", str(tmp_path / "mine"), "--aws", "loglake")
    assert done.exit_code == 0, done.stderr
    ((_, _, _, kernel),) = started
    assert kernel == {"endpoint": "http://127.0.0.1:4566"}
