"""The schema contract of a dataset: how it is written, and what it says about a field."""

from __future__ import annotations

from typing import Any

import pytest

from loglake.core.ledger.manifest import Manifest
from loglake.core.schema.contract import SHOWN_FIELDS, Contract, Mode, Violation, join_violations, unmatched_note
from loglake.core.schema.datasets_file import load_datasets
from loglake.core.schema.schema import ColumnType, FieldPath, InferredType, TableSchema, grow
from loglake.errors import ConfigError

pytestmark = pytest.mark.unit

TEXT = InferredType(ColumnType.STRING)
A: dict[FieldPath, InferredType] = {("a",): TEXT}
LATER: dict[FieldPath, InferredType] = {**A, ("b",): TEXT, ("c",): TEXT}


def load(schema: Any, *more: dict[str, Any]) -> Contract:
    entry = {"log_groups": ["/app/*"], "schema": schema}
    datasets = load_datasets({"datasets": [entry, *more]})
    assert load_datasets(datasets.to_json()) == datasets
    return datasets.entries[0].schema


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        (None, Contract()),
        ("evolve", Contract()),
        ("freeze", Contract(Mode.FREEZE)),
        ({"default": "discard_row"}, Contract(Mode.DISCARD_ROW)),
        ({"columns": {"status": "discard_row"}}, Contract(columns={"status": Mode.DISCARD_ROW})),
        ({"default": "freeze", "columns": {"user.id": "evolve"}}, Contract(Mode.FREEZE, {"user.id": Mode.EVOLVE})),
    ],
)
def test_a_contract_is_a_mode_or_modes_by_column(schema: Any, expected: Contract) -> None:
    assert load(schema) == expected
    assert expected.allows_all == (expected == Contract())


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        ("frozen", "dataset 1: schema: 'frozen' must be one of evolve, freeze, discard_row"),
        (7, "dataset 1: schema: 7 must be one of evolve"),
        (["freeze"], r"dataset 1: schema: \['freeze'\] must be one of evolve"),
        ({"default": "no"}, "dataset 1: schema: default: 'no' must be one of evolve"),
        ({"status": "freeze"}, "dataset 1: schema: unknown field 'status': it takes default and columns, or one mode"),
        ({"columns": ["status"]}, "dataset 1: schema: columns is a mapping from field to mode, such as"),
        ({"columns": {"status": "drop"}}, "dataset 1: schema: columns: status: 'drop' must be one of evolve"),
    ],
)
def test_a_wrong_setting_is_named_with_what_it_takes(schema: Any, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        load(schema)


def test_two_datasets_of_one_table_have_one_contract() -> None:
    both = [{"log_groups": [name], "table": "app", "schema": mode} for name, mode in (("a", "freeze"), ("b", "evolve"))]
    with pytest.raises(ConfigError, match="table app has one schema setting in one dataset and another in another"):
        load_datasets({"datasets": both})


@pytest.mark.parametrize(
    ("path", "mode"),
    [
        (("user", "id"), Mode.EVOLVE),
        (("user", "name"), Mode.DISCARD_ROW),
        (("user", "name", "first"), Mode.DISCARD_ROW),
        (("user",), Mode.DISCARD_ROW),
        (("request", "ms"), Mode.EVOLVE),
        (("request",), Mode.FREEZE),
        (("level",), Mode.EVOLVE),
        (("other",), Mode.FREEZE),
    ],
)
def test_a_field_is_named_by_its_path_or_its_column_and_an_object_stands_for_its_members(
    path: tuple[str, ...], mode: Mode
) -> None:
    columns = {"user": "discard_row", "user.id": "evolve", "request_ms": "evolve", "level": "evolve"}
    contract = load({"default": "freeze", "columns": columns})
    assert contract.mode(".".join(path)) is mode


def test_a_column_whose_name_is_not_its_fields_may_be_named_too() -> None:
    contract = load({"default": "freeze", "columns": {"id_2": "discard_row", "user": "evolve"}})
    assert contract.mode("ID", "id_2") is Mode.DISCARD_ROW
    assert contract.mode("ID") is Mode.FREEZE
    assert contract.mode("user.id", "user_id") is Mode.EVOLVE


def test_a_key_with_a_dot_has_the_mode_of_what_stands_before_the_dot() -> None:
    contract = load({"columns": {"debug": "freeze"}})
    assert contract.new_columns(grow(TableSchema("t"), A), {("debug.step",): TEXT}, ()) == {}


def test_the_first_columns_of_a_table_are_those_that_a_frozen_one_keeps() -> None:
    contract = Contract(Mode.FREEZE)
    empty = TableSchema("app", version=1, partition_by="day")
    assert contract.new_columns(empty, A, ()) == A
    schema = grow(empty, A)
    assert contract.new_columns(schema, LATER, {("c",)}) == {("c",): TEXT}
    assert Contract().new_columns(schema, LATER, ()) == LATER
    assert Contract(columns={"b": Mode.FREEZE}).new_columns(schema, LATER, ()) == {("a",): TEXT, ("c",): TEXT}


def test_violations_of_bundles_are_joined_by_field_and_bounded() -> None:
    many = [Violation(f"f{n}", 1, Mode.FREEZE, "", "a.gz", n, "1") for n in range(SHOWN_FIELDS + 5)]
    joined = join_violations([many[:3], [Violation("f1", 4, Mode.FREEZE, "", "b.gz", 9, "2")], many[3:]])
    assert len(joined) == SHOWN_FIELDS
    assert joined[1] == Violation("f1", 5, Mode.FREEZE, "", "a.gz", 1, "1")
    assert Violation.from_json(joined[1].to_json()) == joined[1]


@pytest.mark.parametrize(
    ("violation", "sentence"),
    [
        (
            Violation("status", 1, Mode.FREEZE, "bigint", "a.gz", 1200, '"x"'),
            'status is not a bigint in 1 event, such as "x" in a.gz, line 1,200',
        ),
        (
            Violation("user.id", 1500, Mode.DISCARD_ROW, "", "a.gz", 3, ""),
            "user.id is a new field in 1,500 events, such as a.gz, line 3",
        ),
    ],
)
def test_a_violation_says_what_where_and_an_example_if_nothing_may_hide_it(violation: Violation, sentence: str) -> None:
    assert str(violation) == sentence


def test_a_manifest_keeps_its_violations_and_an_older_one_has_none(committed: Manifest) -> None:
    data = committed.to_json()
    assert Manifest.from_json(data, "") == committed
    del data["violations"]
    without = Manifest.from_json(data, "")
    assert without.violations == ()


@pytest.fixture
def committed() -> Manifest:
    from support.worlds.bundles import WINDOW  # noqa: PLC0415

    from loglake.core.accounting import Accounting  # noqa: PLC0415
    from loglake.core.units import LogGroupName  # noqa: PLC0415

    found = (Violation("status", 2, Mode.FREEZE, "bigint", "a.gz", 3, '"x"'),)
    counts = Accounting(events_in=2, rows_out=2, rescued_values=2, violations=2)
    return Manifest(LogGroupName("/app"), WINDOW, 1, "app", "me", 1, (), counts, violations=found)


def test_names_that_match_no_column_and_no_field_are_found() -> None:
    modes = dict.fromkeys(("user.id", "a", "user", "statsu", "odd"), Mode.FREEZE)
    schema = grow(TableSchema("t"), {**A, ("user", "id"): TEXT})
    assert Contract(columns=modes).unmatched(schema) == ("statsu", "odd")
    assert Contract(columns=modes).unmatched(schema, ["odd.field"]) == ("statsu",)
    assert Contract().unmatched(schema) == ()


@pytest.mark.parametrize(
    ("name", "hint"),
    [("statsu", ": did you mean status?"), ("odd", ": that part of the setting does nothing yet")],
)
def test_a_name_that_matches_nothing_comes_with_the_nearest_column(name: str, hint: str) -> None:
    said = f"the schema setting of the dataset names {name}, but app has no such column{hint}"
    assert unmatched_note(name, "app", ["status", "user"]) == said
