"""Converting a folder of exports with the real kernels in this process, however a run ends."""

from __future__ import annotations

import gzip
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.fakes.prefix_store import PrefixStore
from support.fakes.stages import KernelStage
from support.fakes.stops import note_stop
from support.fakes.stores import MemoryStore
from support.lakes.export_folders import DAY, GROUP, TASKS, World, exported, json_events
from support.planted import everything

from loglake.core.accounting import Accounting
from loglake.core.run.outcome import Outcome
from loglake.core.schema.bundle import Bundle
from loglake.core.schema.contract import Contract, Mode
from loglake.core.schema.conversion import BundleFailure, BundleResult
from loglake.core.schema.redaction import NO_REDACTION, Redaction
from loglake.core.units import MS_PER_DAY, MS_PER_HOUR, LogGroupName
from loglake.errors import ConfigError, LeaseLostError, ServiceError
from loglake.pipelines.folder_convert.bundles import OwnTransform
from loglake.pipelines.folder_convert.job import begin
from loglake.pipelines.folder_convert.preparing import prepare
from loglake.pipelines.folder_convert.report import FolderReport
from loglake.pipelines.folder_convert.source_listing import Source

pytestmark = pytest.mark.unit


@pytest.fixture
def world() -> World:
    made = World()
    made.export(0, "web-1", json_events(30))
    made.export(0, "web-1", json_events(5, DAY + 40 * MS_PER_HOUR), part=1)
    made.export(1, "web-2", json_events(20, DAY + MS_PER_DAY, user={"id": 7}))
    return made


def test_exports_become_typed_rows_by_the_day_of_each_event(world: World) -> None:
    report = world.convert()
    assert report.accounting == Accounting(events_in=55, rows_out=55)
    assert (report.objects, report.done, report.format, report.problems()) == (3, 0, "json", [])
    assert report.partitions == ("dt=2024-02-29", "dt=2024-03-01")
    assert report.columns == {"n": "bigint", "user_id": "bigint"}
    table = world.table()
    assert table.schema.field("n").type == pa.int64()
    assert set(table.column("log_group").to_pylist()) == {GROUP}
    assert world.rows() == world.expected()
    days = {key.split("/")[1] for key in world.keys("app_shop/")}
    assert days == set(report.partitions)
    assert world.keys("_staging/") == []


def test_a_second_run_finds_nothing_to_do(world: World) -> None:
    world.convert()
    before = dict(world.output.objects)
    report = world.convert()
    assert (report.objects, report.done, report.accounting) == (0, 3, Accounting())
    assert world.output.objects == before


def test_the_same_objects_give_the_same_keys_and_bytes(world: World) -> None:
    world.convert()
    other = World()
    other.raw = world.raw
    other.convert()
    assert other.output.objects == world.output.objects


def test_a_part_first_and_all_of_it_later_doubles_nothing(world: World) -> None:
    assert world.convert(f"exports/{TASKS[0]}/").objects == 2
    report = world.convert()
    assert (report.objects, report.done) == (1, 2)
    assert world.rows() == world.expected()
    assert world.convert(f"exports/{TASKS[0]}/web-1/").objects == 0


def test_an_exported_object_is_the_same_wherever_it_lies(world: World) -> None:
    world.convert()
    moved = World(world.output)
    moved.raw.objects = {f"attic/{key}": body for key, body in world.raw.objects.items()}
    moved.raw.objects.update({f"cellar/{key}": body for key, body in world.raw.objects.items()})
    report = moved.convert("")
    assert (report.objects, report.done, report.copies) == (0, 3, 3)


def test_two_objects_that_should_be_one_are_reported(world: World) -> None:
    key = f"copy/{TASKS[0]}/web-1/000000.gz"
    world.raw.put(key, b"short")
    with pytest.raises(ConfigError, match=f"copy/{TASKS[0]}/web-1/000000.gz and exports/.* differ in size"):
        world.convert("")


def test_new_fields_become_columns_and_types_stay(world: World) -> None:
    world.convert()
    world.export(2, "web-1", [(DAY, '{"n": "many", "extra": 1.5}')])
    report = world.convert()
    assert report.columns == {"n": "bigint", "user_id": "bigint", "extra": "double"}
    assert report.accounting.rescued_values == 1
    table = world.table()
    assert table.schema.field("n").type == pa.int64()
    assert [json.loads(text) for text in table.column("_rescued").to_pylist() if text] == [{"n": "many"}]
    assert world.keys("_schema/") == ["_schema/app_shop/000001.json", "_schema/app_shop/000002.json"]
    assert world.rows() == world.expected()


def test_what_is_damaged_goes_to_quarantine_and_is_counted(world: World) -> None:
    damaged = world.export(3, "cut", json_events(2000))
    world.raw.put(damaged, world.raw.get(damaged)[:-2000])
    world.raw.put(f"exports/{TASKS[3]}/empty/000000.gz", b"")
    report = world.convert()
    assert report.accounting.quarantined == 1
    assert report.accounting.balanced
    said = f"not in the table, but in quarantine: {damaged}: it ends in the middle of a gzip member"
    assert (report.objects, report.problems(), report.outcome) == (5, [said], Outcome.PARTIAL)
    (key,) = world.keys("_quarantine/")
    (entry,) = [json.loads(line) for line in gzip.decompress(world.output.get(key)).splitlines()]
    assert key.startswith("_quarantine/app_shop/")
    assert entry["source"] == damaged
    assert sum(world.rows().values()) == report.accounting.rows_out
    again = world.convert()
    (problem,) = again.problems()
    assert (again.objects, again.outcome) == (0, Outcome.PARTIAL)
    assert problem.startswith("of objects that were converted before, 1 stretch is not in the table")


def test_quarantine_that_was_written_before_it_was_compressed_goes_with_its_rows(world: World) -> None:
    damaged = world.export(3, "cut", json_events(2000))
    world.raw.put(damaged, world.raw.get(damaged)[:-2000])
    world.convert()
    (key,) = world.keys("_quarantine/")
    old, text = key.removesuffix(".gz"), gzip.decompress(world.output.get(key))
    world.output.put(old, text)
    world.output.delete([key])
    journal = world.keys("_converted/")[-1]
    before = {"quarantine_left_out", "quarantine_left_out_bytes"}  # fields that older accountings lack
    entry = json.loads(world.output.get(journal).replace(key.encode(), old.encode()))
    for bundle in entry["bundles"]:
        bundle["accounting"] = {name: count for name, count in bundle["accounting"].items() if name not in before}
        bundle["files"] = [
            {**file, "size_bytes": len(text)} if not file["partition"] else file for file in bundle["files"]
        ]
    world.output.put(journal, json.dumps(entry).encode())
    assert world.convert().done == 4
    assert world.keys("_quarantine/") == [old]
    world.export(0, "web-1", json_events(31))
    assert world.convert().accounting.quarantined == 1
    (new,) = world.keys("_quarantine/")
    assert new.endswith(".jsonl.gz")


def test_the_streams_of_objects_that_cloudwatch_did_not_name(world: World) -> None:
    for key in ("app.log.gz", "2024/02/app.log.gz", "plain/000000.gz"):
        world.raw.put(f"other/{key}", exported([(DAY, key)]))
    world.convert("other/", table="other")
    assert world.rows("other") == Counter(
        {("app.log.gz", "app.log.gz"): 1, ("2024/02", "2024/02/app.log.gz"): 1, ("plain", "plain/000000.gz"): 1}
    )
    world.raw.put("flat/000000.gz", exported([(DAY, "x")]))
    world.convert("flat/", table="flat")
    assert world.rows("flat") == Counter({("flat", "x"): 1})


def test_two_tables_share_an_output(world: World) -> None:
    world.convert()
    assert world.convert(table="again", log_group=LogGroupName("/other")).objects == 3
    assert world.rows("again") == world.rows("app_shop") == world.expected()


def test_an_object_that_changed_replaces_what_it_was(world: World) -> None:
    world.convert()
    world.export(0, "web-1", json_events(31))
    report = world.convert()
    assert (report.objects, report.done) == (3, 0)  # the three were one bundle
    assert world.rows() == world.expected()
    assert world.convert().objects == 0


def test_rows_that_somebody_removed_come_back(world: World) -> None:
    world.convert()
    before = {key: world.output.get(key) for key in world.keys("app_shop/")}
    world.output.delete(world.keys("app_shop/dt=2024-03-01/"))
    assert world.convert().objects == 3
    assert {key: world.output.get(key) for key in world.keys("app_shop/")} == before
    world.output.delete(world.keys("app_shop/"))
    world.convert()
    assert world.rows() == world.expected()


def test_another_log_group_or_format_is_only_given_where_it_is_asked_for(world: World) -> None:
    world.convert()
    other = LogGroupName("/other")
    assert world.convert(log_group=other).objects == 0
    assert world.convert(log_group=other, regroup=True).objects == 3
    assert set(world.table().column("log_group").to_pylist()) == {other}
    assert world.rows() == world.expected()
    assert world.convert(log_group=other, format="text").objects == 3
    assert (world.convert(log_group=other, format="text").objects, world.convert().objects) == (0, 0)
    assert world.rows() == world.expected()
    assert set(world.table().column("n").to_pylist()) == {None}


def test_what_can_not_be_replaced_as_a_whole_stays(world: World) -> None:
    world.convert()
    before = dict(world.output.objects)
    with pytest.raises(ConfigError, match=r"converted as log group /app/shop, so .* 1 of its 3 objects are not in"):
        world.convert(f"exports/{TASKS[0]}/", log_group=LogGroupName("/x"), regroup=True)
    assert world.output.objects == before


def test_a_table_keeps_its_partitioning(world: World) -> None:
    report = world.convert(f"exports/{TASKS[0]}/", partition_by="hour")
    assert report.partitions[0] == "dt=2024-02-29/hour=00"
    with pytest.raises(ConfigError, match="partitioned by hour"):
        world.convert(partition_by="day")
    assert world.convert().partitions[0] == "dt=2024-03-01/hour=00"
    assert world.rows() == world.expected()


def test_a_table_that_somebody_else_made_is_left_alone(world: World) -> None:
    world.output.put("app_shop/dt=2020-01-01/theirs.parquet", b"")
    with pytest.raises(ConfigError, match=r"theirs\.parquet, which no run of this command wrote"):
        world.convert()


@pytest.mark.parametrize("keys", [[], ["exports/aws-logs-write-test", "exports/folder/"], ["exported/x.gz"]])
def test_a_source_without_objects_is_reported(keys: list[str]) -> None:
    world = World()
    for key in keys:
        world.raw.put(key, b"")
    with pytest.raises(ConfigError, match="s3://raw/exports holds no exported objects"):
        world.convert()


def test_a_journal_or_a_schema_that_is_damaged_is_reported(world: World) -> None:
    world.convert()
    world.output.put("_schema/app_shop/000001.json", b"{")
    world.export(2, "more", json_events(1))
    with pytest.raises(ConfigError, match=r"_schema/app_shop/000001.json is damaged"):
        world.convert()
    world.output.put("_converted/app_shop/000002.json", b'{"bundles": 1}')
    with pytest.raises(ConfigError, match=r"_converted/app_shop/000002.json is damaged"):
        world.convert()


def test_a_bundle_that_fails_is_reported_and_stops_no_other(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("loglake.pipelines.folder_convert.bundles.BUNDLE_SIZE_BYTES", 1)
    lost = {}

    def lose(bundle: Bundle) -> None:
        key = bundle.objects[0].key
        if "web-2" in key:
            lost[key] = world.raw.objects.pop(key)

    report = world.convert(interrupt=lose)
    assert (report.objects, report.outcome) == (2, Outcome.PARTIAL)
    (problem,) = report.problems()
    assert "web-2/000000.gz does not exist" in problem
    assert world.keys("_staging/") == []
    world.raw.objects.update(lost)
    assert world.convert().objects == 1
    assert world.rows() == world.expected()


def test_what_may_pass_is_raised_after_the_rest_is_committed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("loglake.pipelines.folder_convert.bundles.BUNDLE_SIZE_BYTES", 1)

    def break_off(bundle: Bundle) -> None:
        if "web-2" in bundle.objects[0].key:
            raise ServiceError("broken connection")

    with pytest.raises(ServiceError, match="broken connection"):
        world.convert(interrupt=break_off)
    assert world.rows() == world.expected(*(key for key in world.events if "web-1" in key))
    assert world.keys("_staging/") == []
    assert world.convert().objects == 1
    assert world.rows() == world.expected()


def test_an_object_that_is_gone_before_it_is_looked_at_is_reported(world: World) -> None:
    prepared = prepare(Source(world.raw, "s3://raw", "exports/"), world.output, world.request())
    del world.raw.objects[f"exports/{TASKS[1]}/web-2/000000.gz"]
    progress: list[tuple[int, int]] = []
    stage = KernelStage(world.raw, PrefixStore(world.output, "_staging/app_shop/"))
    report = begin(prepared).convert(stage, lambda through, of: progress.append((through, of)))
    (problem,) = report.problems()
    assert problem == f"not converted: s3://raw/exports/{TASKS[1]}/web-2/000000.gz does not exist"
    size = progress[-1][1]
    assert (progress, report.to_json()["outcome"]) == ([(0, size), (0, size), (size, size)], "partial")
    assert size > 100  # bytes
    assert world.rows() == world.expected(*(key for key in world.events if "web-1" in key))


@pytest.mark.parametrize("counted", [Accounting(56, 55), Accounting(54, 54)])
def test_events_that_are_not_accounted_for_are_no_rows(
    world: World, counted: Accounting, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = KernelStage.convert

    def convert(self: KernelStage, work: Any, on_result: Callable[[BundleResult | BundleFailure], None]) -> None:
        def falsified(result: BundleResult | BundleFailure) -> None:
            assert isinstance(result, BundleResult)
            on_result(replace(result, accounting=counted))

        whole(self, work, falsified)

    monkeypatch.setattr(KernelStage, "convert", convert)
    report = world.convert()
    assert (len(report.problems()), "does not say so" in report.failed[0]) == (1, True)
    assert world.keys("app_shop/") == []


def test_a_report_that_does_not_balance_is_a_problem() -> None:
    report = FolderReport("t", "/g", 0, 0, accounting=Accounting(events_in=2, rows_out=1))
    assert report.problems() == [f"the accounting does not balance: {report.accounting}"]


def test_a_run_that_another_overtakes_commits_nothing(world: World) -> None:
    def overtake(_: Bundle) -> None:
        world.convert()

    with pytest.raises(LeaseLostError, match=r"another run began .* meanwhile"):
        world.convert(interrupt=overtake)
    assert world.rows() == world.expected()
    assert world.keys("_staging/") == []
    assert world.convert().objects == 0


def test_of_two_runs_that_begin_at_once_one_goes_on(world: World) -> None:
    source = Source(world.raw, "s3://raw", "exports/")
    prepared = prepare(source, world.output, world.request())
    assert world.convert().objects == 3
    with pytest.raises(LeaseLostError, match="just begun"):
        begin(prepared)
    assert world.rows() == world.expected()


def test_a_run_that_is_stopped_leaves_nothing_that_a_query_sees(world: World) -> None:
    def stop(_: Bundle) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        world.convert(interrupt=stop)
    assert all(key.startswith("_") for key in world.keys(""))
    assert world.keys("_staging/") == []
    world.convert()
    assert world.rows() == world.expected()


class KilledError(BaseException):
    """The process is gone: nothing runs after it, not even its own cleanup."""


class MortalStore(MemoryStore):
    """An output that kills its process before or after the n-th change, and then refuses changes."""

    def __init__(self, at: int, carried_out: bool) -> None:
        super().__init__("output")
        self.at = at
        self.carried_out = carried_out
        self.changes = 0

    def _change(self, name: str) -> Iterator[None]:
        self.changes += 1
        if self.changes == self.at:
            note_stop(f"{self.at} {name}")
        if self.changes == self.at and self.carried_out:
            yield
        if self.changes >= self.at:
            raise KilledError
        yield

    def put(self, key: str, body: bytes) -> None:
        for _ in self._change("put"):
            super().put(key, body)

    def put_new(self, key: str, body: bytes) -> None:
        for _ in self._change("put_new"):
            super().put_new(key, body)

    def copy(self, source_key: str, key: str) -> None:
        for _ in self._change("copy"):
            super().copy(source_key, key)

    def delete(self, keys: Any) -> None:
        for key in list(keys):
            for _ in self._change("delete"):
                super().delete([key])


@pytest.mark.parametrize("again", [False, True], ids=["the first run", "a run that replaces"])
@pytest.mark.parametrize("carried_out", [False, True])
def test_a_run_that_is_killed_at_any_point_is_made_good_by_the_next(
    world: World, carried_out: bool, again: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("loglake.pipelines.folder_convert.journal.COPIES", 1)
    monkeypatch.setattr("loglake.pipelines.folder_convert.bundles.BUNDLE_SIZE_BYTES", 1)
    before: dict[str, bytes] = {}
    if again:
        world.convert(f"exports/{TASKS[0]}/")
        world.export(0, "web-1", json_events(33))
        before = dict(world.output.objects)
    world.convert()
    undisturbed = {key: world.output.get(key) for key in world.keys("") if not key.startswith("_converted/")}
    at = 1
    while True:
        store = MortalStore(at, carried_out)
        store.objects.update(before)
        killed = World(store)
        killed.raw = world.raw
        try:
            killed.convert()
        except KilledError:
            store.at = 10**9
            killed.convert()
            assert {k: store.get(k) for k in killed.keys("") if not k.startswith("_converted/")} == undisturbed, at
            assert killed.convert().objects == 0
        else:
            break
        at += 1
    assert at > 8


def test_what_vanishes_while_it_is_written_is_reported_and_comes_back(world: World) -> None:
    class Leaking(MemoryStore):
        def copy(self, source_key: str, key: str) -> None:
            if "dt=2024-03-01" not in key:
                super().copy(source_key, key)

    world.output = Leaking("output")
    with pytest.raises(ServiceError, match="vanished while it was written"):
        world.convert()
    kept = MemoryStore("output")
    kept.objects = world.output.objects
    world.output = kept
    assert world.convert().objects == 3
    assert world.rows() == world.expected()


@settings(deadline=None, max_examples=40)
@given(
    runs=st.lists(st.sets(st.integers(0, 5), min_size=1), min_size=1, max_size=4),
    counts=st.lists(st.integers(0, 9), min_size=6, max_size=6),
)
def test_whatever_is_converted_in_whatever_order_is_there_once(runs: list[set[int]], counts: list[int]) -> None:
    whole = World()
    keys = [
        whole.export(number % 3, f"s{number // 3}", json_events(count, DAY + number * MS_PER_DAY, o=number))
        for number, count in enumerate(counts)
    ]
    world = World()
    seen: set[int] = set()
    for run in runs:
        world.raw.objects = {keys[number]: whole.raw.get(keys[number]) for number in run}
        report = world.convert()
        assert (report.objects, report.done) == (len(run - seen), len(run & seen))
        seen |= run
        expected = whole.expected(*(keys[number] for number in seen))
        assert (world.rows() if expected else Counter()) == expected


def test_rows_are_made_again_for_another_definition_of_their_format(world: World) -> None:
    first = world.convert(format="grok", pattern="%{GREEDYDATA:all}")
    assert (first.objects, world.convert(format="grok", pattern="%{GREEDYDATA:all}").objects) == (3, 0)
    assert world.convert(format="grok", pattern="%{DATA:most}$").objects == 3
    assert world.convert().objects == 0


@pytest.mark.parametrize(("ratio", "said"), [(0.5, []), (0.76, ["reads 3 of 4 events"])])
def test_the_share_that_a_named_format_has_to_read_is_a_setting(ratio: float, said: list[str]) -> None:
    made = World()
    made.export(0, "web-1", [*json_events(3), (DAY, "no object")])
    report = made.convert(format="json", min_read_ratio=ratio)
    problems = report.problems()
    assert len(problems) == len(said)
    assert all(words in problem and problem.endswith("such as 'no object'") for words, problem in zip(said, problems))


def test_rows_are_made_again_for_another_schema_setting(world: World) -> None:
    world.convert()
    where = world.export(0, "late", [(DAY, '{"n": "text", "unknown": 1}')]) + ", line 1"
    said = 'breaks the schema setting of the dataset: n is not a bigint in 1 event, such as "text" in '
    strict = world.convert(contract=Contract(Mode.DISCARD_ROW))
    assert "unknown" not in strict.columns
    assert (strict.accounting.quarantined, strict.accounting.violations) == (1, 2)
    assert [note for note in strict.notes() if note.endswith(', such as "text" in ' + where)] == [said + where]
    assert world.convert(contract=Contract(Mode.DISCARD_ROW)).objects == 0
    loose = world.convert(contract=Contract())
    assert loose.accounting.quarantined == 0
    assert world.convert(contract=Contract()).objects == world.convert().objects == 0


def test_names_in_a_schema_setting_that_match_nothing_are_noted(world: World) -> None:
    world.export(0, "late", [(DAY, '{"stats": {"ok": 1}}')])
    names = ("n", "stats", "stats.ok", "stats_ok", "stat_ok", "user.name")
    notes = world.convert(contract=Contract(columns=dict.fromkeys(names, Mode.FREEZE))).notes()
    start = "the schema setting of the dataset names "
    assert [note.removeprefix(start) for note in notes if note.startswith(start)] == [
        "stat_ok, but app_shop has no such column: did you mean stats_ok?",
        "user.name, but app_shop has no such column: that part of the setting does nothing yet",
    ]
    assert not any(note.startswith(start) for note in world.convert(contract=Contract()).notes())


def test_a_run_without_the_schema_setting_of_earlier_rows_is_refused(world: World) -> None:
    world.convert(contract=Contract(Mode.FREEZE))
    before = world.keys("")
    world.export(0, "late", [(DAY, '{"unknown": 1}')])
    with pytest.raises(ConfigError, match=r'schema setting "freeze": name its datasets file by --datasets'):
        world.convert()
    assert world.keys("") == before
    assert "unknown" not in world.convert(contract=Contract(Mode.FREEZE)).columns


def test_rows_are_made_again_if_personal_data_is_to_be_hidden_and_a_run_without_it_is_refused(world: World) -> None:
    world.export(0, "late", [(DAY, '{"n": 1, "mail": "joe@example.com"}'), (DAY, "joe@example.com")])
    world.convert()
    hides = Redaction.from_json(["email"])
    hidden = world.convert(redact=hides)
    assert hidden.accounting.redacted == {"email": 2}
    assert "joe@" not in everything(world.output, hidden)
    assert world.convert(redact=hides).objects == 0
    world.export(0, "later", [(DAY, "ann@example.com")])
    with pytest.raises(ConfigError, match="have personal data hidden by redact: name its datasets file by --datasets"):
        world.convert()
    assert world.convert(redact=NO_REDACTION).accounting.redacted == {}


def test_rows_are_made_again_for_another_version_of_a_transformation(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the transformation, a run does that only if asked."""
    monkeypatch.setattr(sys, "path", [*sys.path])
    (tmp_path / "own_rows.py").write_text(
        "def first(batch):\n    return batch.slice(0, 0)\n\n\ndef whole(batch):\n    return batch\n"
    )
    first = OwnTransform("own_rows:first", str(tmp_path), "1")
    assert world.convert(transform=first).accounting == Accounting(events_in=55, dropped=55)
    assert world.convert(transform=first).done == 3
    with pytest.raises(ConfigError, match=r"went through the transformation own_rows:first: name its datasets file by"):
        world.convert()
    again = world.convert(transform=OwnTransform("own_rows:whole", str(tmp_path), "2"))
    assert (again.objects, again.accounting) == (3, Accounting(events_in=55, rows_out=55))
    assert world.rows() == world.expected()
    assert world.convert(transform=OwnTransform()).objects == 3
    assert world.convert().done == 3
    sys.modules.pop("own_rows")


def test_a_damaged_gzip_member_is_converted_again_once_it_is_accepted(world: World) -> None:
    key = world.export(2, "web-3", json_events(4))
    good, bad = exported(json_events(3)), bytearray(exported(json_events(9)))
    bad[-8] ^= 1
    world.raw.put(key, good + bytes(bad))

    refused = world.convert()
    again = world.convert()
    accepted = world.convert(accept_corrupt=True)
    later = world.convert()

    assert (refused.accounting.rows_out, refused.accounting.quarantined) == (58, 1)
    assert (again.objects, again.quarantined_before) == (0, 1)
    assert (accepted.accounting.rows_out, accepted.accounting.quarantined) == (58 + 9, 0)
    assert later.objects == 0
