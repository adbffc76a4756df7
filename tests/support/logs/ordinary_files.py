"""A log file with its expected rows, and its conversion with the real kernels."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from loglake.core.units import LogGroupName, parse_instant
from loglake.pipelines.folder_convert.bundles import FolderRequest
from loglake.pipelines.folder_convert.job import begin
from loglake.pipelines.folder_convert.preparing import prepare
from loglake.pipelines.folder_convert.report import FolderReport
from loglake.pipelines.folder_convert.source_listing import Source
from loglake_cli.folders.folder_store import FolderStore, SourceFolder
from support.fakes.prefix_store import PrefixStore
from support.fakes.stages import KernelStage

CHANGED = parse_instant("2026-11-21T08:30:00Z")


@dataclass(frozen=True)
class Ordinary:
    """A file with its expected events: each time and level, and the start of the first and last message."""

    name: str
    body: str | bytes
    rows: Sequence[tuple[str, str | None]]
    first: str
    last: str
    timezone: str = ""
    made_up: bool = False
    file: str = "app.log"

    def check(self, folder: Path) -> FolderReport:
        """Converts the file, and compares times, levels, and the first and the last message, or text."""
        write(folder / "in", self.file, self.body)
        report = convert(folder / "in", folder / "out", self.timezone)
        assert report.problems() == [], report.problems()
        found = rows(folder / "out")
        assert found == list(self.rows), found
        made = table(folder / "out")
        messages = pc.coalesce(made.column("message"), made.column("raw")).to_pylist()
        assert str(messages[0]).startswith(self.first), messages[0]
        assert str(messages[-1]).startswith(self.last), messages[-1]
        said = [note for note in report.notes() if f"{self.file} are made up" in note]
        assert len(said) == self.made_up
        made_up = {self.file: len(self.rows)} if self.made_up else {}
        assert report.to_json()["plain_files"]["times_made_up"] == made_up
        return report


def lines(*texts: str) -> str:
    return "".join(f"{text}\n" for text in texts)


def write(folder: Path, name: str, body: str | bytes) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(body.encode() if isinstance(body, str) else body)
    os.utime(folder / name, (CHANGED / 1000, CHANGED / 1000))


def convert(folder: Path, output: Path, timezone: str = "") -> FolderReport:
    request = FolderRequest("app", LogGroupName("app"), timezone=timezone)
    source = SourceFolder(str(folder))
    store = FolderStore(output)
    prepared = prepare(Source(source, str(folder)), store, request)
    if not prepared.pending.objects:
        return prepared.report()
    return begin(prepared).convert(KernelStage(source, PrefixStore(store, "_staging/app/")))


def table(output: Path) -> pa.Table:
    made = [pq.ParquetFile(path).read() for path in sorted((output / "app").rglob("*.parquet"))]
    whole = pa.concat_tables(made, promote_options="default")
    return whole.sort_by([("event_time", "ascending"), ("_line", "ascending")])


def rows(output: Path) -> list[tuple[str, str | None]]:
    found = table(output)
    stamps: list[Any] = found.column("event_time").to_pylist()
    times = [stamp.isoformat(timespec="milliseconds")[:23] for stamp in stamps]
    return list(zip(times, found.column("level").to_pylist(), strict=True))
