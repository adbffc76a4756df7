"""Exports in one bucket and output in another, converted with the real kernels in this process."""

from __future__ import annotations

import gzip
import io
import json
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from loglake.core.schema.bundle import Bundle
from loglake.core.units import MS_PER_HOUR, LogGroupName, format_instant, parse_instant
from loglake.pipelines.folder_convert.bundles import FolderRequest
from loglake.pipelines.folder_convert.job import begin
from loglake.pipelines.folder_convert.preparing import prepare
from loglake.pipelines.folder_convert.report import FolderReport
from loglake.pipelines.folder_convert.source_listing import Source
from support.fakes.prefix_store import PrefixStore
from support.fakes.stages import KernelStage
from support.fakes.stores import MemoryStore

DAY = parse_instant("2024-02-29")
TASKS = tuple(f"{number:08d}-9334-4db5-9833-aade86253e66" for number in range(4))
GROUP = LogGroupName("/app/shop")

Events = Sequence[tuple[int, str]]


def json_events(count: int, start_ms: int = DAY, step_ms: int = MS_PER_HOUR, **more: Any) -> list[tuple[int, str]]:
    return [(start_ms + n * step_ms, json.dumps({"level": "info", "n": n, **more})) for n in range(count)]


def exported(events: Events) -> bytes:
    return gzip.compress("".join(f"{format_instant(ms)} {text}\n" for ms, text in events).encode(), mtime=0)


class World:
    """Exports in a bucket, and an output in another."""

    def __init__(self, output: MemoryStore | None = None) -> None:
        self.raw = MemoryStore("raw")
        self.output = output or MemoryStore("output")
        self.events: dict[str, Events] = {}

    def export(self, task: int, stream: str, events: Events, part: int = 0) -> str:
        key = f"exports/{TASKS[task]}/{stream}/{part:06d}.gz"
        self.raw.put("exports/aws-logs-write-test", b"Permission Check Successful")
        self.raw.put(key, exported(events))
        self.events[key] = events
        return key

    def request(self, **changes: Any) -> FolderRequest:
        values: dict[str, Any] = {"table": "app_shop", "log_group": GROUP}
        return FolderRequest(**{**values, **changes})

    def convert(
        self, prefix: str = "exports/", interrupt: Callable[[Bundle], None] | None = None, **changes: Any
    ) -> FolderReport:
        request = self.request(**changes)
        prepared = prepare(Source(self.raw, "s3://raw", prefix), self.output, request)
        if not prepared.pending.objects:
            return prepared.report()
        stage = KernelStage(self.raw, PrefixStore(self.output, f"_staging/{request.table}/"), interrupt)
        return begin(prepared).convert(stage)

    def keys(self, prefix: str) -> list[str]:
        return [item.key for item in self.output.list(prefix)]

    def table(self, name: str = "app_shop") -> pa.Table:
        bodies = [self.output.get(key) for key in self.keys(f"{name}/")]
        return pa.concat_tables([pq.read_table(io.BytesIO(body)) for body in bodies], promote_options="default")

    def rows(self, name: str = "app_shop") -> Counter[tuple[str, str]]:
        rows = self.table(name).select(["log_stream", "raw"]).to_pylist()
        return Counter((str(row["log_stream"]), str(row["raw"])) for row in rows)

    def expected(self, *keys: str) -> Counter[tuple[str, str]]:
        return Counter((key.split("/")[-2], text) for key in keys or self.events for _, text in self.events[key])
