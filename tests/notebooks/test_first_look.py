"""The notebook, executed against a small lake that this test writes."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from nbmake.nb_run import NotebookRun

pytestmark = pytest.mark.spark

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "first_look.ipynb"


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder as a local run keeps it; Jupyter, IPython and Matplotlib write below it too, not at home."""
    folder = tmp_path / "kept"
    monkeypatch.setenv("LOGLAKE_KEPT", str(folder))
    for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR", "MPLCONFIGDIR"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    return folder


def _write(folder: Path, hours: list[int], levels: list[str | None]) -> None:
    """One Parquet file with the envelope's columns, one event per hour given."""
    times = [dt.datetime(2026, 11, 21, hour, 30, tzinfo=dt.timezone.utc) for hour in hours]
    columns: dict[str, Any] = {
        "event_time": pa.array(times, pa.timestamp("ms", "UTC")),
        "log_group": ["/app/shop"] * len(hours),
        "log_stream": [f"stream-{hour % 2}" for hour in hours],
        "message": ["hello"] * len(hours),
        "level": pa.array(levels, pa.string()),
        "raw": ["hello"] * len(hours),
    }
    partition = folder / "dt=2026-11-21"
    partition.mkdir(parents=True)
    pq.write_table(pa.table(columns), partition / "part.parquet")


def _outputs(notebook: Any, kind: str) -> list[str]:
    return [
        output["data"][kind]
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if kind in output.get("data", {})
    ]


def test_it_lists_the_tables_and_charts_their_events(kept: Path) -> None:
    tables = kept / "loglake-lake-123456789012-us-east-1" / "tables"
    _write(tables / "app_shop", hours=[1, 1, 2, 5], levels=["INFO", "INFO", "error", "INFO"])
    _write(tables / "vpc_flow", hours=[3, 4], levels=[None, None])

    result = NotebookRun(NOTEBOOK, default_timeout=120).execute()

    assert result.error is None, result.error
    listed, levels = _outputs(result.nb, "text/plain")[:2]
    rows = [line.split() for line in listed.splitlines()]
    assert ["app_shop", "4", "1", "2", "7"] in rows  # rows, days, streams; six columns and dt
    assert ["vpc_flow", "2", "1", "2", "7"] in rows
    counted = [line.split() for line in levels.splitlines()]
    assert ["app_shop", "ERROR", "1"] in counted
    assert ["INFO", "3"] in counted
    assert ["vpc_flow", "none", "2"] in counted
    assert len(_outputs(result.nb, "image/png")) == 1


def test_without_a_run_it_says_what_to_do(kept: Path) -> None:
    result = NotebookRun(NOTEBOOK, default_timeout=60).execute()
    assert result.error is not None
    assert f"no tables below {kept}" in str(result.error)
    assert "run `make run` first" in str(result.error)


def test_it_is_kept_without_outputs() -> None:
    cells = [cell for cell in json.loads(NOTEBOOK.read_text())["cells"] if cell["cell_type"] == "code"]
    assert cells
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in cells)
