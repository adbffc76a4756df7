"""Measures how large tables are, for each byte of text: of VPC flow logs, and of plain text with and without ``raw``.

DuckDB writes the same columns and the text once. The target for VPC flow logs is 1.1 times its size.
"""

from __future__ import annotations

import gzip
import json
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
from benchmark.compare.data import TASK
from benchmark.made_up import DAY, FAMILIES

from loglake.core.units import EpochMs, format_instant

SIZE_TARGET = 1.1
"""Of VPC flow logs: as a share of what DuckDB writes."""

_COMMAND = [sys.executable, "-c", "from loglake_cli.cli.app import main; main()"]
_FLOWS_A_SECOND = 40


def measure_sizes(folder: Path, megabytes: float) -> dict[str, dict[str, int]]:
    """Converts so many MB of text of each kind.

    Returns:
        By kind ``bytes`` of the table; ``duckdb``, what DuckDB makes of it if its rows have their text once; and
        ``text``, the bytes of the text.
    """
    made = dict[str, dict[str, int]]()
    for name, lines, raw in (
        ("VPC flow logs", _flows, "keep"), ("plain text", _texts, "keep"), ("plain text, raw: omit", _texts, "omit"),
    ):  # fmt: skip
        place = folder / f"sizes-{len(made)}"
        text = _write(place / "exports", lines(), int(megabytes * 1e6))
        (place / "datasets.yaml").write_text(json.dumps({"datasets": [{"log_groups": ["x"], "raw": raw}]}))
        given = ["convert", str(place / "exports"), str(place / "lake"), "--table", "x", "--log-group", "x"]
        more = ["--datasets", str(place / "datasets.yaml"), "--json", "--quiet"]
        subprocess.run([*_COMMAND, *given, *more], check=True, stdout=subprocess.DEVNULL)
        size = sum(path.stat().st_size for path in place.glob("lake/x/**/*.parquet"))
        made[name] = {"bytes": size, "duckdb": _by_duckdb(place), "text": text}
    return made


def _write(folder: Path, lines: Iterator[tuple[int, str]], size: int) -> int:
    made, written = list[bytes](), 0
    while written < size:
        ms, text = next(lines)
        made.append(f"{format_instant(EpochMs(ms))} {text}\n".encode())
        written += len(text)
    path = folder / TASK / "web" / "000000.gz"
    path.parent.mkdir(parents=True)
    path.write_bytes(gzip.compress(b"".join(made), 6, mtime=0))
    return written


def _flows() -> Iterator[tuple[int, str]]:
    """What one network interface after the other reports, by the time at which CloudWatch has it: the flow's start."""
    chance, second = random.Random(1), int(DAY) // 1000
    while True:
        for _ in range(_FLOWS_A_SECOND):
            ends = f"10.0.{chance.randrange(4)}.{chance.randrange(256)} 52.{_end(chance)}"
            ports = f"{chance.randrange(32768, 65536)} {chance.choice((443, 443, 443, 80, 53, 3306))}"
            count, state = chance.randrange(1, 200), chance.choice(("ACCEPT",) * 9 + ("REJECT",))
            counts = f"{count} {count * chance.randrange(40, 1500)} {second} {second + chance.randrange(60)}"
            interface = f"eni-0a1b2c3d4e5f607{chance.randrange(16, 99)}"
            yield second * 1000, f"2 123456789012 {interface} {ends} {ports} 6 {counts} {state} OK"
        second += 1


def _end(chance: random.Random) -> str:
    return ".".join(str(chance.randrange(256)) for _ in range(3))


def _texts() -> Iterator[tuple[int, str]]:
    chance, ms = random.Random(1), int(DAY)
    while True:
        ms += chance.randrange(30)
        yield ms, FAMILIES["text"](chance)


def _by_duckdb(place: Path) -> int:
    """The size of what DuckDB writes of the rows, in which ``message`` is left out if it is the text of the event."""
    made = place / "duckdb.parquet"
    rows = f"read_parquet('{place}/lake/x/*/*.parquet', hive_partitioning = false)"
    once = "* REPLACE (coalesce(raw, message) AS raw, if(coalesce(raw, message) = message, NULL, message) AS message)"
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute(f"SET TimeZone = 'UTC'; COPY (SELECT {once} FROM {rows}) TO '{made}' (COMPRESSION zstd)")
    return made.stat().st_size
