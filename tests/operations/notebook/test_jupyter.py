"""`loglake notebook` starts JupyterLab for this machine only, with the kernel, and stops it at the end."""

from __future__ import annotations

import json
import socket
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from loglake.errors import ConfigError
from loglake_cli.operations.notebook import jupyter
from loglake_cli.operations.notebook.jupyter import KERNEL, check_installed, copy_notebooks, running_lab
from loglake_cli.project_files import NOTEBOOKS

pytestmark = pytest.mark.local


def answer(url: str, path: str, token: str) -> Any:
    wanted = urllib.request.Request(f"{url}{path}", headers={"Authorization": f"token {token}"})
    with urllib.request.urlopen(wanted, timeout=60) as found:
        return json.load(found)


def test_it_serves_the_notebooks_and_the_kernel_to_who_has_the_token(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "person"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    folder = tmp_path / "notebooks"
    copy_notebooks(folder)
    with running_lab(folder, tmp_path / "own", 0, {"keep": tmp_path / "kept"}) as lab:
        parts = urlsplit(lab.url)
        url, (token,) = f"http://{parts.netloc}/", parse_qs(parts.query)["token"]
        assert (parts.hostname, parts.path) == ("127.0.0.1", "/lab")
        assert len(token) >= 32
        found = answer(url, "api/kernelspecs", token)["kernelspecs"][KERNEL]["spec"]
        assert f"--NotebookKernel.keep={tmp_path / 'kept'}" in found["argv"]
        listed = {each["name"] for each in answer(url, "api/contents", token)["content"]}
        assert listed == {path.name for path in NOTEBOOKS.glob("*.ipynb")}
        with pytest.raises(urllib.error.HTTPError, match="403"):
            answer(url, "api/contents", "guessed")
        assert token not in Path(f"/proc/{lab.process.pid}/cmdline").read_text()
    assert lab.process.returncode is not None
    assert [path.name for path in home.iterdir() if path.name != ".cache"] == []
    assert (tmp_path / "own").stat().st_mode & 0o077 == 0


def test_a_port_that_is_taken_is_a_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with (
            pytest.raises(ConfigError, match=rf"port {port} can't be had .*: give --port another one"),
            running_lab(tmp_path, tmp_path / "own", port, {"endpoint": "http://127.0.0.1:1"}),
        ):
            pass


def test_a_server_that_does_not_start_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jupyter, "_PROCESS", "no_jupyterlab")
    with (
        pytest.raises(ConfigError, match=r"did not start \(.*No module named no_jupyterlab\)"),
        running_lab(tmp_path, tmp_path / "own", 0, {"endpoint": "http://127.0.0.1:1"}),
    ):
        pass


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
