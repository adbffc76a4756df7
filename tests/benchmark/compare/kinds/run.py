"""Runs contenders on each kind of logs."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from benchmark.compare.kinds.data import KINDS, write_kind
from benchmark.compare.rounds import WHOLE, best, one_run

KIND_CONTENDERS = ("loglake", "duckdb", "polars", "spark_sql", "pandas")
_OBJECTS = 4
_FIRST_LINES = "traceback"
"""Contenders that read line by line lose nearly all of this kind."""


def run_kinds(folder: Path, megabytes: float, names: list[str], kinds: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    """By kind: the title, the bytes, the runs, and the best of each contender, with what it can't do."""
    return {kind: _run_kind(folder / kind, megabytes, names, kind) for kind in kinds}


def _run_kind(folder: Path, megabytes: float, names: list[str], kind: str) -> dict[str, Any]:
    source, made = folder / "exports", folder / "made"
    size = write_kind(source, kind, _OBJECTS, int(megabytes * 1e6 / _OBJECTS))
    runs = {name: {"1": one_run(f"{kind}  {name}", _program(name), source, made, kind)} for name in names}
    shutil.rmtree(folder)
    contenders = {name: {**best(taken), "lost": _lost(name, kind)} for name, taken in runs.items()}
    return {"title": KINDS[kind], "bytes": size, "runs": runs, "contenders": contenders}


def _program(name: str) -> Path:
    here = Path(__file__).parent
    return here.parent / "contenders" / "loglake.py" if name == "loglake" else here / f"{name}.py"


def _lost(name: str, kind: str) -> str:
    return "" if name in WHOLE or kind != _FIRST_LINES else "keeps the first line of each event only"
