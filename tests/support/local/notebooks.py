"""A Jupyter kernel as `loglake notebook` provides it, to run notebooks and single cells.

What takes a second to import is imported when it is used: each process of xdist imports this file.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from jupyter_client.manager import KernelManager

from loglake.aws.system_clock import SystemClock
from loglake.core.units import LogGroupName
from loglake_cli.local.inputs.samples import shop_json
from loglake_cli.local.local_run import execute
from loglake_cli.local.run_input import Prepared
from loglake_cli.operations.notebook.jupyter import KERNEL, write_kernel
from support.logs.three_days import WINDOW, datasets, groups

NOTEBOOKS = Path(__file__).parents[3] / "notebooks"


@dataclass(frozen=True)
class Run:
    """A finished run.

    Attributes:
        keep: where it is kept.
        events: how many it was given, by log group.
        rescued: how many of these have a value that does not fit its column.
        health_checks: how many of these are health checks.
    """

    keep: Path
    events: Mapping[str, int]
    rescued: int
    health_checks: int


def finished_run(keep: Path, events: int, invocations: int) -> Run:
    """A local run of `three_days`, kept in a folder."""
    given = groups(events, invocations)
    report = execute(
        Prepared(given, (WINDOW,), datasets()), keep, SystemClock(), lambda _snapshot: None, lambda _words: None
    )
    assert not report.problems(), report.problems()
    texts = {group: [text for stream in streams.values() for _, text in stream] for group, streams in given.items()}
    shop = texts[LogGroupName(shop_json.LOG_GROUP)]
    return Run(
        keep,
        {group: len(found) for group, found in texts.items()},
        sum('"status":"timeout"' in text for text in shop),
        sum('"path":"/health"' in text for text in shop),
    )


@contextmanager
def jupyter_below(folder: Path, **kernel: Any) -> Iterator[None]:
    """Makes Jupyter find the kernel and write below a folder, within a block.

    Args:
        folder: an empty one.
        kernel: the arguments of `write_kernel`.
    """
    home = folder / "home"
    home.mkdir(parents=True)
    write_kernel(folder / "specs", **kernel)
    places = {
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "IPYTHONDIR": str(home / "ipython"),
        "JUPYTER_PATH": str(folder / "specs"),
        "MPLCONFIGDIR": str(home / "matplotlib"),
    }
    with patch.dict(os.environ, places):
        yield


class Kernel:
    """A running kernel. It runs notebooks one after the other, each in an empty namespace."""

    def __init__(self) -> None:
        self._manager = KernelManager(kernel_name=KERNEL)

    def __enter__(self) -> Kernel:
        self._manager.start_kernel()
        return self

    def __exit__(self, *_: object) -> None:
        self._manager.shutdown_kernel()

    def run(self, path: Path) -> Any:
        """Executes a notebook and returns it with its outputs. Raises the error of a cell."""
        import nbformat  # noqa: PLC0415 - late, as above

        self.cells("%reset -f")
        notebook = nbformat.read(path, 4)
        self._execute(notebook)
        return notebook

    def cells(self, *sources: str) -> list[str]:
        """Executes cells; returns the text of each cell's outputs, an error as ``Name: message``."""
        import nbformat  # noqa: PLC0415 - late, as above

        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])
        self._execute(notebook, allow_errors=True)
        return [text_of(cell) for cell in notebook.cells]

    def _execute(self, notebook: Any, **options: Any) -> None:
        from nbclient import NotebookClient  # noqa: PLC0415 - late, as above

        client = NotebookClient(notebook, km=self._manager, timeout=300, **options)
        try:
            client.execute()
        finally:
            if client.kc is not None:
                client.kc.stop_channels()  # it leaves them open for a kernel that is not its own


def text_of(cell: Any) -> str:
    """The text of a cell's outputs."""
    return "\n".join(
        output.get("text") or output.get("data", {}).get("text/plain") or f"{output.ename}: {output.evalue}"
        for output in cell.outputs
    )


def texts(notebook: Any) -> str:
    """The text of all outputs of a notebook."""
    return "\n".join(text_of(cell) for cell in notebook.cells if cell.cell_type == "code")


def charts(notebook: Any) -> int:
    """How many charts a notebook shows."""
    return sum(
        "image/png" in output.get("data", {})
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
    )
