"""How templates show values."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from athena_duckdb.query.athena import QueryResult
from loglake_cli.ui.pages import Answer, Pages

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (datetime(2026, 11, 20, 8, 0, 0, 991_000), "2026-11-20 08:00:00.991"),
        (datetime(2026, 11, 20, 8, 0, 0, 991_001), "2026-11-20 08:00:00.991001"),
        ("a" * 161, f"{'a' * 160}… (161 letters)"),
        ("\x1b[31m<b>", "\\u001b[31m&lt;b&gt;"),
        (None, '<span class="null">NULL</span>'),
    ],
)
def test_a_cell_is_short_and_harmless(value: Any, written: str) -> None:
    answer = Answer("SELECT", QueryResult(("a",), ("VARCHAR",), [(value,)]))
    assert f"<td>{written}</td>" in Pages().render("answer.html", answer=answer)
