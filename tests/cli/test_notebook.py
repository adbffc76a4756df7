"""`loglake notebook`: what it starts, and the first cell for Glue Interactive Sessions."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.deployments.operated import loglake

from loglake_cli.cli import notebook as command
from loglake_cli.project_files import NOTEBOOKS

pytestmark = pytest.mark.unit

ZIP = "s3://lake-control/artifacts/1/loglake-glue-0.1.0-cp313.gluewheels.zip"
ROLE = "arn:aws:iam::123456789012:role/lake-convert-logs"


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The folder of each JupyterLab, and what its kernel is started with."""
    calls: list[dict[str, Any]] = []

    def become(folder: Path, kernels: Path) -> None:
        (spec,) = kernels.glob("kernels/*/kernel.json")
        of_kernel = re.findall(r"--NotebookKernel\.(\w+)=([^\"]+)", spec.read_text())
        calls.append({"folder": folder, **dict(of_kernel)})

    monkeypatch.setattr(command, "become_lab", become)
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
    kept: Callable[..., str], started: list[dict[str, Any]], tmp_path: Path
) -> None:
    keep = kept()
    done = loglake("notebook", str(tmp_path / "mine"), "--lake", keep)
    assert done.exit_code == 0, done.stderr
    assert started == [{"folder": tmp_path / "mine", "keep": keep}]
    notebooks = sorted(path.name for path in NOTEBOOKS.glob("*.ipynb"))
    assert (
        done.stdout == f"{len(notebooks)} notebooks copied into {tmp_path / 'mine'}. The tables are those of {keep}.\n"
    )
    assert sorted(path.name for path in (tmp_path / "mine").iterdir()) == notebooks
    again = loglake("notebook", str(tmp_path / "mine"), "--lake", keep, "--json")
    assert json.loads(again.stdout) == {"folder": str(tmp_path / "mine"), "tables": keep}


def test_without_a_run_it_says_what_to_do(started: list[dict[str, Any]], tmp_path: Path) -> None:
    done = loglake("notebook", str(tmp_path / "mine"), "--lake", str(tmp_path / "none"))
    assert done.exit_code == 2
    assert "there is no folder" in done.stderr
    assert not started
    assert not (tmp_path / "mine").exists()


@pytest.mark.usefixtures("job")
def test_for_aws_it_prints_the_first_cell(started: list[dict[str, Any]]) -> None:
    done = loglake("notebook", "--lake", "aws:lake")
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
    assert json.loads(loglake("notebook", "--lake", "aws:lake", "--json").stdout)["cell"] == done.stdout.strip()
    assert not started


@pytest.mark.usefixtures("job")
def test_a_deployment_that_is_not_there_is_a_sentence() -> None:
    done = loglake("notebook", "--lake", "aws:other")
    assert done.exit_code == 2
    assert "there is no loglake with the prefix other" in done.stderr


@pytest.mark.usefixtures("job")
def test_a_stack_of_this_machine_gets_jupyterlab(
    started: list[dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")
    done = loglake("notebook", str(tmp_path / "mine"), "--lake", "aws:loglake")
    assert done.exit_code == 0, done.stderr
    assert started == [{"folder": tmp_path / "mine", "endpoint": "http://127.0.0.1:4566"}]
