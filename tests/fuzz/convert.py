"""Converts a case through the kernels' public functions, as the pipeline does, and returns all results."""

from __future__ import annotations

import gzip
import io
import json
import os
import pickle
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import cycle
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.parquet as pq
from support.fakes.stores import MemoryStore

from fuzz.case import Case
from fuzz.findings import crash, expect
from loglake.core.schema.bundle import Bundle
from loglake.core.schema.conversion import BundleResult, SchemaSample, StagedFile, TablePlan
from loglake.core.schema.format_choice import choose_formats, fields_of
from loglake.core.schema.schema import TableSchema, grow
from loglake.kernels.convert import convert_bundle
from loglake.kernels.sample import sample_bundle


class Convert(Protocol):
    """`convert_bundle`, or a version with a planted fault."""

    def __call__(
        self, bundle: Bundle, plan: TablePlan, raw: MemoryStore, lake: MemoryStore, work_dir: str | None = None
    ) -> BundleResult: ...


class CutStore(MemoryStore):
    """Returns bytes in chunks of its own sizes, repeatedly, but never more than requested."""

    def __init__(self, case: Case, sizes: Sequence[int]) -> None:
        super().__init__("raw")
        self._sizes = sizes
        for raw, body in zip(case.objects(), case.bodies, strict=True):
            self.put(raw.key, body.data)

    def read(self, key: str, chunk_bytes: int) -> Iterator[bytes]:
        body, start = self.get(key), 0
        for size in cycle(self._sizes):
            if start >= len(body):
                return
            end = start + min(size, chunk_bytes)
            yield body[start:end]
            start = end


@dataclass(frozen=True)
class Converted:
    """The output of one conversion: its result, and the bucket."""

    result: BundleResult
    files: dict[str, bytes]

    @cached_property
    def tables(self) -> list[tuple[StagedFile, pa.Table]]:
        """The Parquet files."""
        return [
            (staged, pq.read_table(io.BytesIO(self.files[staged.staged_key]), use_threads=False))
            for staged in self.result.files
            if staged.partition
        ]

    def entries(self) -> list[dict[str, Any]]:
        """The entries of quarantine."""
        return [
            json.loads(line)
            for staged in self.result.files
            if not staged.partition
            for line in gzip.decompress(self.files[staged.staged_key]).decode("utf-8").split("\n")[:-1]
        ]


def plan_of(case: Case) -> TablePlan:
    """The pipeline's plan: made from a first batch, then extended by the whole bundle."""
    store = CutStore(case, case.cuts[0])
    first, whole = _sample(case.bundle(case.sampled), store), _sample(case.bundle(), store)
    chosen, *others = formats = choose_formats([first] if first.formats else [whole])
    try:
        schema = grow(TableSchema("app"), fields_of([first], formats))
        if case.seed % 2:
            schema = grow(schema, fields_of([whole], formats))
    except Exception as error:
        raise crash("planning", error) from error
    expect(_sent(case.bundle()) == case.bundle(), "a bundle is another one after a trip")
    stored = TableSchema.from_json(json.loads(json.dumps(schema.to_json())))
    expect(stored == schema, "a schema is another one after a trip through JSON")
    return TablePlan(chosen, schema, tuple(others))


def _sample(bundle: Bundle, store: MemoryStore) -> SchemaSample:
    try:
        schema_sample = sample_bundle(bundle, store)
    except Exception as error:
        raise crash("sampling", error) from error
    expect(_sent(schema_sample) == schema_sample, "a sample is another one after a trip")
    return schema_sample


def _sent(message: Any) -> Any:
    return pickle.loads(pickle.dumps(message))


def convert(case: Case, plan: TablePlan, sizes: Sequence[int], run: Convert = convert_bundle) -> Converted:
    """Converts a case once."""
    return convert_one(case.bundle(), plan, CutStore(case, sizes), run)


def convert_one(bundle: Bundle, plan: TablePlan, store: MemoryStore, run: Convert) -> Converted:
    """Converts a bundle, and checks that no local file stays."""
    lake = MemoryStore("lake")
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        try:
            result = run(bundle, plan, store, lake, folder)
        except Exception as error:
            raise crash("converting", error) from error
        left = os.listdir(folder)
        expect(not left, "files are left on the disk", left)
    expect(_sent(result) == result, "a result is another one after a trip")
    return Converted(result, lake.objects)
