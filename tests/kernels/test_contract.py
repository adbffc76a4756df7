"""A table's schema contract in the kernel: violations are counted, and what is not a row is in quarantine."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.fakes.stores import MemoryStore
from support.worlds.bundles import DAY, bundle_of, exported_line, put_object, table_rows

from loglake.core.accounting import Accounting, total
from loglake.core.schema.contract import SHOWN_FIELDS, Contract, Mode, join_violations
from loglake.core.schema.conversion import BundleResult, TablePlan
from loglake.core.schema.schema import ColumnType, InferredType, TableSchema, grow
from loglake.kernels.convert import convert_bundle
from loglake.kernels.quarantine import read_entries
from loglake.kernels.readers import raw_objects

pytestmark = pytest.mark.unit

SCHEMA = grow(
    TableSchema("app"),
    {("n",): InferredType(ColumnType.BIGINT), ("user", "id"): InferredType(ColumnType.STRING)},
)
EVENTS = ['{"n": 1}', '{"n": "x", "user": {"id": "u"}}', '{"n": 2, "new": {"a": [1, 2.50]}}', "plain", '{"n": 2.5}']


def converted(
    contract: Contract,
    texts: Sequence[str | bytes],
    stores: tuple[MemoryStore, MemoryStore] | None = None,
    number: int = 0,
    transform: str = "",
) -> tuple[BundleResult, MemoryStore]:
    raw, lake = stores or (MemoryStore("raw"), MemoryStore("lake"))
    lines = [exported_line(DAY, "").encode()[:-1] + (t if isinstance(t, bytes) else t.encode()) + b"\n" for t in texts]
    objects = [put_object(raw, f"s{number}", b"".join(lines))]
    bundle = bundle_of(objects, contract=contract, number=number, transform=transform)
    return convert_bundle(bundle, TablePlan("json", SCHEMA), raw, lake), lake


def entries(result: BundleResult, lake: MemoryStore) -> list[dict[str, Any]]:
    return [each for file in result.files if not file.partition for each in read_entries(lake.get(file.staged_key))]


def test_without_a_contract_nothing_is_a_violation() -> None:
    result, _ = converted(Contract(), EVENTS)
    assert (result.accounting, result.violations) == (Accounting(events_in=5, rows_out=5, rescued_values=3), ())


def test_what_breaks_a_frozen_schema_is_rescued_and_counted_with_an_example() -> None:
    result, _ = converted(Contract(Mode.FREEZE), EVENTS)
    assert result.accounting == Accounting(events_in=5, rows_out=5, rescued_values=3, violations=3)
    assert list(result.objects.values()) == [result.accounting]
    found = [(v.field, v.events, v.type, v.line, v.value, v.mode) for v in result.violations]
    assert found == [("n", 2, "bigint", 2, '"x"', Mode.FREEZE), ("new.a", 1, "", 3, "[1, 2.50]", Mode.FREEZE)]
    assert {v.source for v in result.violations} == set(result.objects)
    plain, _ = converted(Contract(), EVENTS)
    assert [each.sha256 for each in result.files] == [each.sha256 for each in plain.files]
    assert pickle.loads(pickle.dumps(result)) == result


def test_a_row_that_is_discarded_is_in_quarantine_with_its_place_and_values() -> None:
    result, lake = converted(Contract(Mode.DISCARD_ROW), EVENTS)
    assert result.accounting == Accounting(events_in=5, rows_out=2, quarantined=3, rescued_values=3, violations=3)
    assert [row["raw"] for row in table_rows(result, lake)] == ['{"n": 1}', "plain"]
    misfit, new = "breaks the schema: n does not fit bigint", "breaks the schema: a field is new"
    assert result.reasons == {misfit: 2, new: 1}
    assert list(result.undecoded.values()) == [result.reasons]
    (source,) = result.objects
    assert entries(result, lake) == [
        {"reason": misfit, "source": source, "line": 2, "offset": -1, "values": {"n": '"x"'}, "text": EVENTS[1]},
        {"reason": new, "source": source, "line": 3, "offset": -1, "values": {"new.a": "[1, 2.50]"}, "text": EVENTS[2]},
        {"reason": misfit, "source": source, "line": 5, "offset": -1, "values": {"n": "2.5"}, "text": EVENTS[4]},
    ]


def test_each_column_may_have_a_mode_of_its_own() -> None:
    result, _ = converted(Contract(columns={"new": Mode.DISCARD_ROW, "n": Mode.FREEZE}), EVENTS)
    assert result.accounting == Accounting(events_in=5, rows_out=4, quarantined=1, rescued_values=3, violations=3)
    assert {each.field: each.mode for each in result.violations} == {"n": Mode.FREEZE, "new.a": Mode.DISCARD_ROW}
    open_ones, _ = converted(Contract(Mode.DISCARD_ROW, {"n": Mode.EVOLVE, "new": Mode.EVOLVE}), EVENTS)
    assert (open_ones.accounting.rows_out, open_ones.violations) == (5, ())


def test_another_word_for_the_level_is_no_new_field() -> None:
    texts = ['{"n": 1, "level": "warning"}', '{"n": 1, "level": "purple"}', '{"n": 1, "level": "WARN"}']
    result, lake = converted(Contract(Mode.DISCARD_ROW), texts)
    assert [(row["level"], row["_rescued"]) for row in table_rows(result, lake)] == [
        ("WARN", '{"level":"warning"}'),
        ("WARN", None),
    ]
    assert [each["text"] for each in entries(result, lake)] == texts[1:2]


def test_bytes_that_are_not_utf_8_are_no_violation_and_are_quarantined_as_they_are() -> None:
    result, lake = converted(Contract(Mode.DISCARD_ROW), [b'{"n": 1, "user": {"id": "\xff"}}', b'{"new": "\xff"}'])
    assert (result.accounting.rows_out, result.accounting.violations) == (1, 1)
    assert entries(result, lake)[0]["base64"] == "eyJuZXciOiAi/yJ9"


def test_of_many_new_fields_the_first_are_shown_and_all_are_counted() -> None:
    texts = [f'{{"f{n}": 1}}' for n in range(SHOWN_FIELDS + 5)]
    result, _ = converted(Contract(Mode.FREEZE), texts)
    assert (len(result.violations), result.accounting.violations) == (SHOWN_FIELDS, SHOWN_FIELDS + 5)


def test_names_with_control_characters_or_half_a_character_are_escaped() -> None:
    texts = ['{"\\ud800": 1}', '{"\\u001b[31m": 1}']
    result, lake = converted(Contract(Mode.DISCARD_ROW), texts)
    assert [each.field for each in result.violations] == ["\\ud800", "\\x1b[31m"]
    assert [(each["values"], each["text"]) for each in entries(result, lake)] == [
        ({"\\ud800": "1"}, texts[0]),
        ({"\\x1b[31m": "1"}, texts[1]),
    ]


def test_a_batch_of_which_nothing_is_left_is_not_transformed() -> None:
    result, lake = converted(Contract(Mode.DISCARD_ROW), ['{"n": "x"}'], transform="operator:itemgetter")
    assert (result.accounting.rows_out, result.accounting.quarantined) == (0, 1)
    assert [each["text"] for each in entries(result, lake)] == ['{"n": "x"}']


texts_of = st.lists(st.sampled_from([*EVENTS, '{"n": 1, "n": 2}', '{"user": 5}', '{"user": {"id": {}}, "z": 0}']))
modes = st.sampled_from(list(Mode))


@settings(max_examples=60, deadline=None)
@given(
    texts=texts_of,
    cut=st.integers(0, 10),
    contract=st.builds(Contract, modes, st.dictionaries(st.sampled_from(["n", "new", "user"]), modes, max_size=2)),
    batch_bytes=st.sampled_from([1, 60, 4_000_000]),
)
def test_any_batching_gives_the_same_rows_quarantine_and_violations(
    texts: list[str], cut: int, contract: Contract, batch_bytes: int
) -> None:
    whole, whole_lake = converted(contract, list(texts))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(raw_objects, "BATCH_BYTES", batch_bytes)
        stores = MemoryStore("raw"), MemoryStore("lake")
        parts = [converted(contract, list(some), stores, n) for n, some in enumerate((texts[:cut], texts[cut:]))]
    assert total(result.accounting for result, _ in parts) == whole.accounting
    assert whole.accounting.balanced

    def raws(result: BundleResult, lake: MemoryStore) -> list[str]:
        return [row["raw"] for row in table_rows(result, lake)]

    def quarantined(result: BundleResult, lake: MemoryStore) -> list[tuple[str, str]]:
        return [(each["reason"], each["text"]) for each in entries(result, lake)]

    assert [raw for part in parts for raw in raws(*part)] == raws(whole, whole_lake)
    assert [entry for part in parts for entry in quarantined(*part)] == quarantined(whole, whole_lake)
    joined = join_violations(result.violations for result, _ in parts)
    assert [(v.field, v.events, v.value) for v in joined] == [(v.field, v.events, v.value) for v in whole.violations]
