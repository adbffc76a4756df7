"""How workers of a pool end."""

from __future__ import annotations

import importlib
import os
import signal
import subprocess
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from support.fakes.stores import FolderStore

from loglake.pool.pool import Pool
from loglake.pool.process import Given

pytestmark = pytest.mark.contract


def test_a_worker_that_is_being_started_ends_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[subprocess.Popen[bytes]] = []

    class Interrupted(subprocess.Popen):  # type: ignore[type-arg]
        """Ctrl-C comes as soon as the process exists."""

        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            started.append(self)
            os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr("loglake.pool.process.subprocess.Popen", Interrupted)
    pool = Pool(Given(partial(FolderStore, tmp_path), "raw", "lake", pandas=False), 2)
    with pytest.raises(KeyboardInterrupt):
        pool.start(2)
    assert len(started) == 1
    pool.kill()
    assert started[0].returncode == -signal.SIGKILL
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_what_a_transformation_may_have_registered_is_done_when_a_worker_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    register = "atexit.register(pathlib.Path(__file__).with_name('done').touch)"
    code = f"import atexit, pathlib\n\ndef open_store(_):\n    {register}\n"
    (tmp_path / "registering.py").write_text(code)
    monkeypatch.syspath_prepend(tmp_path)
    pool = Pool(Given(importlib.import_module("registering").open_store, "raw", "lake"), 1)
    pool.start(1)
    pool.end()
    assert (tmp_path / "done").exists()
