"""Bundles that are converted together are what they are alone, but for the file that their rows are in."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.fakes.stores import MemoryStore
from support.worlds.bundles import exported_line, put_object

from loglake.core.compaction.decision import Merge, MergedFile
from loglake.core.keys import decision_name, shared_file, shared_staging, window_prefix
from loglake.core.schema.bundle import Bundle
from loglake.core.schema.contract import Contract, Mode
from loglake.core.schema.conversion import BundleFailure, BundleResult, StagedFile, TablePlan
from loglake.core.schema.redaction import Redaction
from loglake.core.schema.schema import ColumnType, FieldPath, InferredType, TableSchema, grow
from loglake.core.schema.sharing import BundleGroup
from loglake.core.units import MS_PER_HOUR, EpochMs, LogGroupName, parse_instant
from loglake.core.windows import Window
from loglake.errors import NotFoundError, ServiceError
from loglake.kernels.convert import convert_bundle
from loglake.kernels.parquet.file import HAS_FILTERS
from loglake.kernels.parquet.merge import merge_files
from loglake.kernels.stage import shared
from loglake.kernels.stage.failures import of_bundle
from loglake.kernels.stage.shared import convert_together

pytestmark = pytest.mark.unit

DAY = parse_instant("2026-11-21")
DECISION = decision_name(DAY, "a run")
FIELDS: dict[FieldPath, InferredType] = {
    ("n",): InferredType(ColumnType.BIGINT),
    ("who",): InferredType(ColumnType.STRING),
}
PLAN = TablePlan("json", grow(TableSchema("app"), FIELDS))
Answer = BundleResult | BundleFailure


def bundle(raw: MemoryStore, group: int, hour: int, *events: tuple[int, str], **changes: Any) -> Bundle:
    """A bundle of one window, with events at minutes of its hour."""
    start = EpochMs(DAY + hour * MS_PER_HOUR)
    log_group, window = LogGroupName(f"/app/{group}"), Window(start, EpochMs(start + MS_PER_HOUR))
    text = "".join(exported_line(start + minute * 60_000, text) for minute, text in events)
    stored = put_object(raw, f"{group}-{hour}", text)
    prefix = window_prefix(log_group, window)
    made = Bundle("app", log_group, window, 0, 0, DECISION, (stored,), key_prefix=prefix, partition_by="hour")
    return replace(made, **changes)


def together(bundles: Sequence[Bundle], raw: MemoryStore, lake: MemoryStore) -> list[Answer]:
    answers = convert_together(BundleGroup(tuple(bundles), PLAN), raw, lake)
    places = [(each.log_group, each.window, each.number) for each in bundles]
    return sorted(answers, key=lambda each: places.index((each.log_group, each.window, each.number)))


def alone(bundles: Sequence[Bundle], raw: MemoryStore, lake: MemoryStore) -> list[Answer]:
    return [of_bundle(each, partial(convert_bundle, each, PLAN, raw, lake)) for each in bundles]


def parquet(lake: MemoryStore, key: str) -> pq.ParquetFile:
    return pq.ParquetFile(pa.BufferReader(lake.get(key)))


def rows(lake: MemoryStore, staged: StagedFile) -> list[dict[str, Any]]:
    found: Any = parquet(lake, staged.staged_key).read(use_threads=False)
    return list(found.slice(staged.first, staged.rows).to_pylist())


def staged_by_place(answers: Sequence[Answer]) -> dict[str, list[StagedFile]]:
    places: dict[str, list[StagedFile]] = defaultdict(list)
    for each in answers:
        for staged in each.files if isinstance(each, BundleResult) else ():
            places[staged.staged_key].append(staged)
    return places


def check_files(answers: Sequence[Answer], lake: MemoryStore) -> None:
    """The staged files are those that the answers name, and the parts of each are all of it."""
    places = staged_by_place(answers)
    assert lake.objects.keys() == places.keys()
    for key, parts in places.items():
        body = lake.get(key)
        assert sum(each.size_bytes for each in parts) == len(body)
        assert {each.sha256 for each in parts} == {hashlib.sha256(body).hexdigest()}
        if not parts[0].within:
            assert len(parts) == 1
            continue
        assert len(parts) > 1
        within = shared_file("app", parts[0].partition, DECISION, 0)
        assert {each.within for each in parts} == {within}
        assert key == f"{shared_staging('app', DECISION)}{within}.{parts[0].sha256[:16]}"
        assert [each.first for each in parts] == [sum(e.rows for e in parts[:n]) for n in range(len(parts))]
        total = sum(each.rows for each in parts)
        assert {each.total for each in parts} == {total, parquet(lake, key).metadata.num_rows}


texts = st.sampled_from(['{"n": 1}', '{"n": "x"}', '{"n": 2, "more": 1}', "{bad}", "plain", "two\nlines", ""])
contents = st.lists(st.tuples(st.integers(-30, 130), texts), max_size=6)
changes = st.fixed_dictionaries(
    {},
    optional={
        "contract": st.sampled_from([Contract(Mode.FREEZE), Contract(Mode.DISCARD_ROW)]),
        "redact": st.just(Redaction.from_json([{"field": "n", "action": "mask"}])),
        "landed": st.just(True),
        "accept_corrupt": st.just(True),
        "transform": st.sampled_from(["support.worlds.no_such:function"]),
    },
)
damages = st.sampled_from(["", "", "", "gone", "cut", "corrupt"])
cases = st.dictionaries(
    st.tuples(st.integers(0, 2), st.integers(0, 2)), st.tuples(contents, changes, damages), min_size=2, max_size=7
)


@settings(max_examples=40, deadline=None)
@given(cases)
def test_together_is_alone_but_for_the_file(made: dict[tuple[int, int], tuple[Any, dict[str, Any], str]]) -> None:
    raw, lake, of_alone = MemoryStore("raw"), MemoryStore("lake"), MemoryStore("alone")
    bundles = []
    for (group, hour), (events, changed, damage) in sorted(made.items()):
        bundles.append(bundle(raw, group, hour, *events, **changed))
        (key,) = (each.key for each in bundles[-1].objects)
        body = raw.get(key)
        if damage == "gone":
            raw.delete([key])
        elif damage:
            raw.put(key, body[:-9] if damage == "cut" else body[:-8] + bytes(8))
    answers, expected = together(bundles, raw, lake), alone(bundles, raw, of_alone)
    check_files(answers, lake)
    for answer, own in zip(answers, expected, strict=True):
        if isinstance(own, BundleFailure):
            assert answer == own
            continue
        assert isinstance(answer, BundleResult)
        assert replace(answer, files=()) == replace(own, files=())
        for staged, before in zip(answer.files, own.files, strict=True):
            if not staged.within:
                assert staged == before
                assert lake.get(staged.staged_key) == of_alone.get(before.staged_key)
                continue
            assert (staged.final_key, staged.partition, staged.rows) == (
                before.final_key,
                before.partition,
                before.rows,
            )
            assert rows(lake, staged) == rows(of_alone, before)
    assert together(bundles, raw, MemoryStore("again")) == answers


def small_bundles(raw: MemoryStore) -> list[Bundle]:
    """Of three log groups and four hours, all with rows of one day, and one without events."""
    made = [
        bundle(raw, group, hour, (5, f'{{"n": {group}, "who": "x"}}'), (1, "{}"), partition_by="day", find_by=("who",))
        for group in range(3)
        for hour in range(4)
    ]
    return [*made, bundle(raw, 3, 0)]


def test_the_rows_are_one_sorted_row_group_with_the_filters_that_a_dataset_names() -> None:
    raw, lake = MemoryStore("raw"), MemoryStore("lake")
    check_files(together(small_bundles(raw), raw, lake), lake)
    (key,) = lake.objects
    file = parquet(lake, key)
    table: Any = file.read(use_threads=False)
    order = list(zip(table.column("log_group").to_pylist(), table.column("event_time").to_pylist(), strict=True))
    assert (len(order), order) == (24, sorted(order))
    group = file.metadata.row_group(0)
    columns: list[dict[str, Any]] = [{**group.column(place).to_dict()} for place in range(group.num_columns)]
    filtered = {each["path_in_schema"] for each in columns if each.get("bloom_filter_length")}
    assert (file.num_row_groups, filtered) == (1, {"who"} if HAS_FILTERS else set())


def test_a_task_that_runs_again_without_a_raw_object_leaves_what_it_staged_before() -> None:
    """Such as one that was given up as lost: the decision is about what the other one made."""
    raw, lake = MemoryStore("raw"), MemoryStore("lake")
    bundles = [bundle(raw, group, 0, (group, f'{{"n": {group}}}')) for group in range(3)]
    together(bundles, raw, lake)
    staged = dict(lake.objects)
    raw.delete([bundles[0].objects[0].key])
    assert [type(each) for each in together(bundles, raw, lake)] == [BundleFailure, BundleResult, BundleResult]
    assert len(lake.objects) == len(staged) + 1
    assert staged.items() <= lake.objects.items()


def test_bundles_whose_files_can_not_be_joined_keep_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    raw, lake = MemoryStore("raw"), MemoryStore("lake")

    def loses_a_row(work: Merge, lake: MemoryStore, folder: str) -> list[MergedFile]:
        return [replace(each, rows=each.rows - 1) for each in merge_files(work, lake, folder)]

    monkeypatch.setattr(shared, "merge_files", loses_a_row)
    results = together(small_bundles(raw), raw, lake)
    files = [staged for each in results if isinstance(each, BundleResult) for staged in each.files]
    assert [(staged.within, staged.rows) for staged in files] == [("", 2)] * 12
    assert lake.objects.keys() == {staged.staged_key for staged in files}


class ClosedStore(MemoryStore):
    """Takes no file."""

    def __init__(self, error: Exception) -> None:
        super().__init__("lake")
        self._error = error

    def put_file(self, key: str, path: str) -> None:
        raise self._error


def test_what_a_store_refuses_fails_and_what_may_pass_is_raised() -> None:
    raw = MemoryStore("raw")
    *failures, empty = together(small_bundles(raw), raw, ClosedStore(NotFoundError("no such bucket")))
    assert {type(each) for each in failures} == {BundleFailure}
    assert isinstance(empty, BundleResult)
    with pytest.raises(ServiceError):
        together(small_bundles(raw), raw, ClosedStore(ServiceError("busy")))


def test_files_of_the_work_folder_are_gone_at_the_end(tmp_path: Path) -> None:
    raw = MemoryStore("raw")
    convert_together(BundleGroup(tuple(small_bundles(raw)), PLAN), raw, MemoryStore("lake"), str(tmp_path))
    assert not list(tmp_path.iterdir())
