"""What a query may take where somebody holds it to bounds."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from glue_jobs.errors import ConfigError
from workflows.local.lake.athena import query
from workflows.local.lake.keep import CATALOG, MARKER
from workflows.local.lake.query_bounds import Bounds

pytestmark = pytest.mark.local

ENDLESS = "SELECT count(*) FROM range(1000000) a, range(1000000) b WHERE (a.range + b.range) % 7 = 3"


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    (tmp_path / MARKER).touch()
    (tmp_path / CATALOG).write_text(json.dumps({"databases": [], "tables": [], "partitions": []}))
    return tmp_path


def test_rows_are_left_out_and_that_is_said(kept: Path) -> None:
    bounds = Bounds(rows=3, seconds=60, memory_mb=500)
    cut = query(kept, "SELECT * FROM range(4)", bounds)
    assert (cut.rows, cut.more) == ([(0,), (1,), (2,)], True)
    assert not query(kept, "SELECT * FROM range(3)", bounds).more
    assert len(query(kept, "SELECT * FROM range(4)").rows) == 4


def test_what_takes_too_long_is_ended(kept: Path) -> None:
    before = set(threading.enumerate())
    with pytest.raises(ConfigError, match=r"the query was ended, because it took longer than 0.2 s"):
        query(kept, ENDLESS, Bounds(rows=3, seconds=0.2, memory_mb=500))
    assert set(threading.enumerate()) <= before


def test_what_takes_too_much_memory_is_ended(kept: Path) -> None:
    with pytest.raises(ConfigError, match="Out of Memory"):
        query(kept, "SELECT list(range || 'x') FROM range(10000000)", Bounds(rows=3, seconds=60, memory_mb=20))
