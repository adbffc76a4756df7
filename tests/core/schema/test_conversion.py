"""A conversion's settings survive the way to Spark and back as JSON."""

from __future__ import annotations

import pickle
from dataclasses import replace

import pytest
from support.lakes.decisions import through_json

from loglake.core.accounting import Accounting
from loglake.core.ledger.manifest import Manifest
from loglake.core.ledger.versions import Current
from loglake.core.schema.bundle import Bundle, RawObject, objects_digest
from loglake.core.schema.contract import Contract, Mode
from loglake.core.schema.conversion import BundleResult, SchemaSample, StagedFile, TablePlan
from loglake.core.schema.schema import ColumnType, InferredType, TableSchema
from loglake.core.units import EpochMs, LogGroupName
from loglake.core.windows import Window

pytestmark = pytest.mark.unit

REPEATS = InferredType(ColumnType.STRING, repeats=True)

GROUP = LogGroupName("/app/shop")
WINDOW = Window(EpochMs(0), EpochMs(86_400_000))
FILES = (
    StagedFile("staging/x/tables/b", "tables/b", 3, 100, "dt=1970-01-02", "ab12"),
    StagedFile("staging/x/tables/a", "tables/a", 2, 90, "dt=1970-01-01"),
    StagedFile("staging/x/quarantine/q", "quarantine/q", 1, 10),
)


def test_what_tasks_take_and_give_is_sent_as_it_is() -> None:
    bundle = Bundle(
        "shop", GROUP, WINDOW, 1, 0, "jr-1", (RawObject("k", 5, "s/1"), RawObject("l", 6, "", 7)), "json", "hour",
        (Window(EpochMs(5), EpochMs(9)),), {("a", "b"): ColumnType.DOUBLE},
    )  # fmt: skip
    assert pickle.loads(pickle.dumps(bundle)) == bundle
    assert RawObject("k", 5, "s/1").to_json() == {"key": "k", "size_bytes": 5, "log_stream": "s/1"}
    assert bundle.keys.export_prefix.endswith("/g1")
    result = BundleResult(GROUP, WINDOW, 0, FILES, Accounting(events_in=6, rows_out=5, quarantined=1))
    assert pickle.loads(pickle.dumps(result)) == result
    schema_sample = SchemaSample(
        "shop", {"json": 4}, {"json": {("a", "b"): InferredType(ColumnType.STRING, json=True), ("level",): REPEATS}}
    )
    assert pickle.loads(pickle.dumps(schema_sample)) == schema_sample


def test_a_manifest_knows_its_partitions() -> None:
    manifest = Manifest(GROUP, WINDOW, 1, "shop", "jr", 3, FILES, Accounting(events_in=6, rows_out=6), ("tables/old",))
    read = through_json(manifest)
    assert (read, read.digest) == (manifest, manifest.digest)
    assert manifest.partitions == ("dt=1970-01-01", "dt=1970-01-02")
    assert (manifest.table_files, manifest.table_bytes) == (2, 190)


def test_a_manifest_without_some_files_counts_as_if_their_events_had_never_come_in() -> None:
    counts = Accounting(events_in=9, rows_out=5, quarantined=4, quarantine_left_out=3)
    manifest = Manifest(GROUP, WINDOW, 1, "shop", "jr", 3, FILES, counts)
    left = manifest.without({"tables/a", "quarantine/q"})
    assert [staged.final_key for staged in left.files] == ["tables/b"]
    assert left.accounting == Accounting(events_in=6, rows_out=3, quarantined=3, quarantine_left_out=3)
    noted = left.noted_in(
        Current(1, accounting=counts, partitions=manifest.partitions, table_files=2, decision="before")
    )
    assert (noted.accounting, noted.partitions) == (left.accounting, ("dt=1970-01-02",))
    assert (noted.table_files, noted.table_bytes, noted.decision) == (1, 100, left.digest)


def test_a_manifest_of_before_there_were_checksums_is_read() -> None:
    manifest = Manifest(GROUP, WINDOW, 1, "shop", "jr", 3, FILES, Accounting(events_in=6, rows_out=6))
    data = manifest.to_json()
    for staged in data["files"]:
        del staged["sha256"]
    assert [staged.sha256 for staged in Manifest.from_json(data, "").files] == ["", "", ""]


def test_a_digest_is_of_all_that_a_list_says_in_its_order() -> None:
    listed = [RawObject("a", 1, "s"), RawObject("b", 2, "s/t", events=3)]
    assert objects_digest(listed) == objects_digest(RawObject.from_json(raw.to_json()) for raw in listed)
    others = [
        [],
        listed[:1],
        listed[::-1],
        [RawObject("a", 2, "s"), listed[1]],
        [RawObject("a", 1, "t"), listed[1]],
        [listed[0], RawObject("b", 2, "s/t")],
    ]
    assert len({objects_digest(each) for each in [listed, *others]}) == 1 + len(others)


def test_a_plans_formats_begin_with_that_of_most_events() -> None:
    assert TablePlan("syslog", TableSchema("t"), ("json", "emf")).formats == ("syslog", "json", "emf")


def test_a_bundle_whose_contract_discards_is_not_split() -> None:
    bundle = Bundle("shop", GROUP, WINDOW, 1, 0, "jr-1", (RawObject("k", 5, "s/1"),))
    assert bundle.may_split
    assert not replace(bundle, contract=Contract(Mode.DISCARD_ROW)).may_split
