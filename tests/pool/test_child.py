"""Helpers and workers whose input fails, or ends too early."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

import pyarrow as pa
import pytest
from support.fakes.stores import FolderStore
from support.worlds.bundles import DAY, bundle_of

from loglake.core.schema.conversion import TablePlan
from loglake.core.schema.schema import TableSchema
from loglake.kernels.readers.events import Origin, events_batch
from loglake.kernels.readers.raw_objects import Origins
from loglake.pool.event_stream import EventSender
from loglake.pool.process import Given, HelperProcess, WorkerDiedError

pytestmark = pytest.mark.contract

SCRIPT = """
import time
from loglake.pool.child import start_reading

def read():
    raise {error}

start_reading(read)
time.sleep(600)  # as the main thread waits for what is read
"""


@pytest.mark.parametrize(("error", "status"), [("MemoryError('no 8 MB')", 4), ("ValueError('no line')", 6)])
def test_a_process_that_cant_read_on_ends_and_says_why(error: str, status: int) -> None:
    command = [sys.executable, "-c", SCRIPT.format(error=error)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (status, error.replace("('", ": ").replace("')", "") + "\n")


def test_a_helper_ends_with_its_worker_although_it_has_batches_to_do(tmp_path: Path) -> None:
    (tmp_path / "own_slow.py").write_text("import time\n\ndef sleeps(batch):\n    time.sleep(600)\n")
    bundle = replace(bundle_of([]), transform="own_slow:sleeps", transform_path=str(tmp_path))
    workers_folder = tmp_path / "worker"
    workers_folder.mkdir()
    helper = HelperProcess(Given(partial(FolderStore, tmp_path), "raw", "lake"), str(workers_folder))
    try:
        helper.give((bundle, TablePlan("text", TableSchema("t")), 0))
        origins = Origins()
        number = origins.number(Origin("exports/x", "/g", "s"))
        sender = EventSender(helper.input, origins)
        events = events_batch([DAY], pa.array([b"text"]), pa.array([1]))
        for _ in range(8):
            sender.send(events.append_column("origin", pa.array([number], pa.int32())), ())
        helper.input.close()  # as if the worker is killed
        with pytest.raises(WorkerDiedError, match="exit status 3"):
            helper.answer()
        assert not workers_folder.exists()
    finally:
        helper.kill()
