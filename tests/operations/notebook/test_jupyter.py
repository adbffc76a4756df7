"""`loglake notebook` becomes JupyterLab with the kernel and the notebooks."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from loglake.errors import ConfigError
from loglake_cli.operations.notebook import jupyter
from loglake_cli.operations.notebook.jupyter import KERNEL, check_installed, copy_notebooks, write_kernel
from loglake_cli.project_files import NOTEBOOKS

pytestmark = pytest.mark.local

BECOMES = (
    "import sys; from loglake_cli.operations.notebook.jupyter import become_lab as b, Path; b(*map(Path, sys.argv[1:]))"
)


def answer(url: str, path: str, token: str) -> Any:
    wanted = urllib.request.Request(f"{url}{path}", headers={"Authorization": f"token {token}"})
    deadline = time.monotonic() + 60
    while True:  # Jupyter prints its address just before it listens there
        try:
            with urllib.request.urlopen(wanted, timeout=60) as found:
                return json.load(found)
        except urllib.error.URLError as error:
            if not isinstance(error.reason, ConnectionRefusedError) or time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def test_it_serves_the_notebooks_and_the_kernel(tmp_path: Path) -> None:
    folder, kernels, home = tmp_path / "notebooks", tmp_path / "kernels", tmp_path / "person"
    home.mkdir()
    copy_notebooks(folder)
    for _ in range(2):  # the kernel of an earlier start is written over
        write_kernel(kernels, keep=tmp_path / "kept")
    with subprocess.Popen(
        [sys.executable, "-c", BECOMES, folder, kernels],
        env={**os.environ, "HOME": str(home), "BROWSER": "true", "JUPYTER_PORT": "0"},
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr
        try:
            found = next(
                filter(
                    None, (re.search(r"(http://127\.0\.0\.1:\d+/)lab\?token=(\w+)", line) for line in process.stderr)
                )
            )
            url, token = found.groups()
            spec = answer(url, "api/kernelspecs", token)["kernelspecs"][KERNEL]["spec"]
            assert f"--NotebookKernel.keep={tmp_path / 'kept'}" in spec["argv"]
            listed = {each["name"] for each in answer(url, "api/contents", token)["content"]}
            assert listed == {path.name for path in NOTEBOOKS.glob("*.ipynb")}
        finally:
            process.send_signal(signal.SIGTERM)  # of the process that the command was
            process.stderr.read()
    assert process.returncode is not None


def test_notebooks_of_a_person_stay_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "first_look.ipynb").write_text("mine")
    copied = {path.name for path in copy_notebooks(tmp_path)}
    assert copied == {path.name for path in NOTEBOOKS.glob("*.ipynb")} - {"first_look.ipynb"}
    assert (tmp_path / "first_look.ipynb").read_text() == "mine"
    assert copy_notebooks(tmp_path) == []
    with pytest.raises(ConfigError, match="can't be written"):
        copy_notebooks(tmp_path / "first_look.ipynb" / "below")


def test_without_jupyterlab_the_command_that_installs_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    check_installed()
    monkeypatch.setattr(jupyter, "find_spec", lambda name: None if name == "jupyterlab" else object())
    with pytest.raises(ConfigError, match=r"-m pip install 'loglake\[notebook\]'"):
        check_installed()
