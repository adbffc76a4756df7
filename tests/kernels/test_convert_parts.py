"""A bundle whose rows are made in parts has the same rows, counts, quarantine and notes as one that is not split."""

from __future__ import annotations

import gzip
import io
import pickle
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Callable, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.fakes.stores import MemoryStore
from support.worlds.bundles import DAY, bundle_of, exported_line, table_rows
from support.worlds.landed import landed_event, payload

from loglake.core.schema.bundle import Bundle, RawObject
from loglake.core.schema.contract import Contract, Mode
from loglake.core.schema.conversion import BundleResult, TablePlan
from loglake.core.schema.format_choice import choose_formats, fields_of
from loglake.core.schema.schema import TableSchema, grow
from loglake.core.units import MS_PER_HOUR
from loglake.kernels.bundle_rows import BundleRows
from loglake.kernels.convert import convert_bundle
from loglake.kernels.parquet import writer
from loglake.kernels.readers import export_text, raw_objects, sniff
from loglake.kernels.readers.export_text import read_events
from loglake.kernels.readers.raw_objects import Origins
from loglake.kernels.sample import sample_bundle

pytestmark = pytest.mark.unit

EXPORT, LANDED = "exports/g/w/g0/task/s/000000.gz", "landing/x/000000"
BLOCK_BYTES = 1_000
TEXTS = (
    '{"a": 1, "level": "warn"}',
    '{"a": 1.5, "b": {"c": "x"}}',
    '{"a": "no number"}',
    "plain",
    "ERROR two\nlines\nwithout a time",
    "",
    "x" * (3 * BLOCK_BYTES),
    "\N{SNOWMAN}" * 40,
)


class Raw(NamedTuple):
    """One raw object and how its bundle is read."""

    key: str
    body: bytes
    changes: dict[str, Any]
    changed_ms: int = 0


def _exported(texts: Sequence[str]) -> bytes:
    return "".join(
        exported_line(DAY + (n * 7_919_000) % (30 * MS_PER_HOUR), text) for n, text in enumerate(texts)
    ).encode()


def export(texts: Sequence[str]) -> Raw:
    return Raw(EXPORT, gzip.compress(_exported(texts), mtime=0), {"partition_by": "hour"})


def members(texts: Sequence[str]) -> Raw:
    text = _exported(texts)
    bounds = [0, len(text) // 3, len(text) // 2, len(text)]
    pieces = [gzip.compress(text[a:b], mtime=0) for a, b in zip(bounds, bounds[1:])]
    return Raw(EXPORT, b"".join(pieces) + b"\0" * 9, {})


def bare(texts: Sequence[str]) -> Raw:
    return Raw(EXPORT, b"no timestamp\n" + _exported(texts) + b"\xff\xfe bad bytes", {})


def truncated(texts: Sequence[str]) -> Raw:
    made = export(texts)
    return made._replace(body=made.body[:-11])


def corrupt(texts: Sequence[str]) -> Raw:
    body = bytearray(gzip.compress(_exported(texts), mtime=0, compresslevel=0))
    body[len(body) // 2 :: 997] = b"\xff" * len(body[len(body) // 2 :: 997])
    return Raw(EXPORT, bytes(body), {})


def landed(texts: Sequence[str]) -> Raw:
    """Each event twice, the second time in another payload, and others of another log group."""
    events = [landed_event(n, int(DAY) + n, text) for n, text in enumerate(texts)]
    groups = ("/app", "/other", "/app")
    streams = ("i-1", "i-2", "i-3")
    body = b"".join(payload(group, events, stream) for group, stream in zip(groups, streams))
    return Raw(LANDED, body, {"landed": True})


def delivered(texts: Sequence[str]) -> Raw:
    """As an exported object's bundle reads the same payloads: every log group is kept, and repeats are not."""
    return landed(texts)._replace(key=EXPORT, changes={})


def plain(texts: Sequence[str]) -> Raw:
    """A log file in which only some lines have a time, and what follows them is of their time."""
    lines = [f"2026-11-21 10:{n % 60:02d}:00 INFO {text}" if n % 2 else text for n, text in enumerate(texts)]
    return Raw("app.log", "\n".join(lines).encode(), {}, changed_ms=int(DAY))


KINDS: tuple[Callable[[Sequence[str]], Raw], ...] = (
    export,
    members,
    bare,
    truncated,
    corrupt,
    landed,
    delivered,
    plain,
)


def _converted(bundle: Bundle, plan: TablePlan, store: MemoryStore, parts: int, folder: Path) -> tuple[Any, ...]:
    lake = MemoryStore("lake")

    def open_parts(bundle: Bundle, plan: TablePlan, origins: Origins) -> list[BundleRows]:
        folders = [folder / f"{parts}-{number}" for number in range(parts)]
        for each in folders:
            each.mkdir(exist_ok=True)
        return [BundleRows(bundle, plan, origins, lake, str(each), part=number) for number, each in enumerate(folders)]

    result = convert_bundle(bundle, plan, store, lake, open_parts=open_parts if parts > 1 else None)
    assert result.parts == parts
    assert pickle.loads(pickle.dumps(result)) == result
    _check_files(result, lake)
    rows = sorted(table_rows(result, lake), key=lambda row: (row["_source"], row["_line"], str(row)))
    quarantine = [lake.get(each.staged_key) for each in result.files if not each.partition]
    reading = (result.accounting, result.accounting.text_bytes, result.accounting.read_as, result.objects)
    partitions = {each.partition for each in result.files}
    return rows, quarantine, reading, result.reasons, result.undecoded, result.plain, partitions


def _check_files(result: BundleResult, lake: MemoryStore) -> None:
    """Every file has a key of its own, the table's types, and is sorted within row groups."""
    assert len({each.final_key for each in result.files}) == len(result.files)
    schemas: list[pa.Schema] = []
    for staged in filter(lambda each: each.partition, result.files):
        file = pq.ParquetFile(io.BytesIO(lake.get(staged.staged_key)))
        schemas.append(file.schema_arrow)
        for number in range(file.num_row_groups):
            group = file.read_row_group(number, ["log_group", "event_time"], use_threads=False).to_pylist()
            order = [(row["log_group"], row["event_time"]) for row in group]
            assert order == sorted(order)
    assert all(schema.equals(schemas[0]) for schema in schemas)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kind=st.sampled_from(KINDS),
    texts=st.lists(st.sampled_from(TEXTS), min_size=1, max_size=60),
    parts=st.integers(2, 4),
    chunk=st.sampled_from([300, 2_000]),
)
def test_parts_have_together_what_the_whole_has(
    kind: Callable[[Sequence[str]], Raw], texts: list[str], parts: int, chunk: int, tmp_path: Path
) -> None:
    raw, store = kind(texts), MemoryStore("raw")
    store.put(raw.key, raw.body)
    bundle = bundle_of([RawObject(raw.key, len(raw.body), "s", changed_ms=raw.changed_ms)], **raw.changes)
    sample = sample_bundle(bundle, store)
    first, *others = formats = choose_formats([sample]) or ("text",)
    plan = TablePlan(first, grow(TableSchema("app"), fields_of([sample], formats)), tuple(others))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(raw_objects, "BATCH_BYTES", chunk)
        patch.setattr(writer, "ROW_GROUP_BYTES", 5 * chunk)
        patch.setattr(sniff, "read_events", lambda chunks: read_events(chunks, BLOCK_BYTES))
        patch.setattr(export_text, "MAX_EVENT_BYTES", 2 * BLOCK_BYTES)  # the longest text is none
        whole = _converted(bundle, plan, store, 1, tmp_path)
        split = _converted(bundle, plan, store, parts, tmp_path)
    assert split == whole


def test_what_depends_on_the_order_of_all_events_is_not_split() -> None:
    raw = RawObject("k", 1, "s")
    assert bundle_of([raw]).may_split
    assert not bundle_of([raw], contract=Contract(Mode.DISCARD_ROW)).may_split
    assert not bundle_of([raw], contract=Contract(columns={"user": Mode.FREEZE})).may_split
