"""Converts bundles of exported objects in memory, and returns the rows."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from loglake.core.schema.bundle import Bundle, RawObject
from loglake.core.schema.conversion import BundleResult, TablePlan
from loglake.core.schema.schema import TableSchema, grow
from loglake.core.units import LogGroupName, format_instant, parse_instant
from loglake.core.windows import Window
from loglake.kernels.convert import convert_bundle
from loglake.kernels.sample import sample_bundle
from support.fakes.stores import MemoryStore

DAY = parse_instant("2026-11-21")
WINDOW = Window(DAY, parse_instant("2026-11-22"))
PREFIX = "exports/app-1b2c3d4e/20261121T000000000Z-20261122T000000000Z/g0/task"


def exported_line(ms: int, text: str) -> str:
    return f"{format_instant(ms)} {text}\n"


def put_object(store: MemoryStore, stream: str, text: str | bytes, part: int = 0) -> RawObject:
    key = f"{PREFIX}/{stream.replace('/', '-')}/{part:06d}.gz"
    body = gzip.compress(text.encode() if isinstance(text, str) else text, mtime=0)
    store.put(key, body)
    return RawObject(key, len(body), stream)


def bundle_of(objects: Sequence[RawObject], **changes: Any) -> Bundle:
    values: dict[str, Any] = {
        "table": "app",
        "log_group": LogGroupName("/app"),
        "window": WINDOW,
        "generation": 0,
        "number": 0,
        "attempt": "a1",
        "objects": tuple(objects),
    }
    return Bundle(**{**values, **changes})


def convert_sampled(store: MemoryStore, bundle: Bundle, format_name: str = "json") -> tuple[BundleResult, MemoryStore]:
    fields = sample_bundle(bundle, store).fields.get(format_name, {})
    lake = MemoryStore("lake")
    plan = TablePlan(format_name, grow(TableSchema("app"), fields))
    return convert_bundle(bundle, plan, store, lake), lake


def table_rows(result: BundleResult, lake: MemoryStore) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for staged in result.files:
        if staged.partition:
            file = pq.ParquetFile(pa.BufferReader(lake.get(staged.staged_key)))
            found = file.read(use_threads=False).to_pylist()  # a thread that still reads would abort the interpreter
            assert len(found) == staged.rows
            rows.extend(found)
    return rows
