"""A dataset's own transformation in the kernel: allowed changes, counts, and what is refused."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.fakes.stores import MemoryStore
from support.worlds.bundles import DAY, bundle_of, exported_line, put_object, table_rows

from loglake.core.accounting import Accounting
from loglake.core.schema.contract import Contract, Mode
from loglake.core.schema.conversion import BundleResult, TablePlan
from loglake.core.schema.schema import ColumnType, InferredType, TableSchema, grow
from loglake.errors import TransformError
from loglake.kernels.arrow import pc
from loglake.kernels.convert import convert_bundle
from loglake.kernels.transform import IDENTITY, Transformation, Transformed

SCHEMA = grow(
    TableSchema("app"),
    {
        ("n",): InferredType(ColumnType.BIGINT),
        ("team",): InferredType(ColumnType.STRING),
        ("share",): InferredType(ColumnType.DOUBLE),
        ("slow",): InferredType(ColumnType.BOOLEAN),
        ("seen",): InferredType(ColumnType.TIMESTAMP),
    },
)
OWN = """
import pyarrow as pa
import pyarrow.compute as pc

def clean(batch):
    batch = batch.filter(pc.greater_equal(batch["n"], 2))
    team = pc.if_else(pc.equal(pc.bit_wise_and(batch["n"], 1), 0), "even", "odd")
    batch = batch.set_column(batch.schema.get_field_index("team"), "team", team)
    return batch.set_column(batch.schema.get_field_index("raw"), "raw", pa.array(["***"] * len(batch)))

def breaks(batch):
    if 3 in batch["n"].to_pylist():
        raise KeyError("n is 3")
    return batch

def drops_all(batch):
    return batch.slice(0, 0)

nothing = 7
"""


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The folder of a user's module."""
    (tmp_path / "own_clean.py").write_text(OWN)
    (tmp_path / "own_broken.py").write_text("import no_such_module\n")
    monkeypatch.setattr(sys, "path", [*sys.path])
    yield str(tmp_path)
    for name in ("own_clean", "own_broken"):
        sys.modules.pop(name, None)


SECRET = "ann@example.com"


def test_what_a_transformation_may_hide_is_in_no_example(own: str) -> None:
    """Examples are in decisions, reports and the status; quarantine is for people who may read the raw text."""
    line = exported_line(DAY, f'{{"n": 4, "user": "{SECRET}"}}') + exported_line(DAY, SECRET)
    for transform in ("own_clean:clean", ""):
        raw, lake = MemoryStore("raw"), MemoryStore("lake")
        contract = Contract(Mode.FREEZE)
        bundle = bundle_of([put_object(raw, "s", line)], transform=transform, transform_path=own, contract=contract)
        result = convert_bundle(bundle, TablePlan("json", SCHEMA), raw, lake)
        (violation,) = result.violations
        assert (violation.field, violation.line) == ("user", 1)
        assert str(violation).startswith("user is a new field in 1 event, such as ")
        assert str(violation).endswith("/s/000000.gz, line 1")
        assert (SECRET in repr(result)) == (not transform)


def converted(own: str, name: str, numbers: list[int]) -> tuple[BundleResult, MemoryStore]:
    raw, lake = MemoryStore("raw"), MemoryStore("lake")
    lines = (exported_line(DAY + number, f'{{"n": {number}}}') for number in numbers)
    bundle = bundle_of([put_object(raw, "s", "".join(lines))], transform=name, transform_path=own)
    return convert_bundle(bundle, TablePlan("json", SCHEMA), raw, lake), lake


def test_rows_are_dropped_and_changed_and_columns_filled(own: str) -> None:
    result, lake = converted(own, "own_clean:clean", [0, 1, 2, 3])
    rows = table_rows(result, lake)
    assert [(row["n"], row["team"], row["raw"], row["_line"]) for row in rows] == [
        (2, "even", "***", 3),
        (3, "odd", "***", 4),
    ]
    assert result.accounting == Accounting(events_in=4, rows_out=2, dropped=2)
    assert list(result.objects.values()) == [result.accounting]
    assert sum(result.accounting.read_as.values()) == 4


def test_all_events_may_be_dropped(own: str) -> None:
    result, _ = converted(own, "own_clean:drops_all", [1, 2])
    assert (result.accounting, result.files) == (Accounting(events_in=2, dropped=2), ())


def test_an_error_of_the_function_is_told_with_the_traceback(own: str) -> None:
    with pytest.raises(TransformError) as caught:
        converted(own, "own_clean:breaks", [1, 2, 3])
    first, *trace = str(caught.value).splitlines()
    assert first.startswith("the transformation own_clean:breaks failed (KeyError: 'n is 3').")
    assert f'  File "{own}/own_clean.py", line 13, in breaks' in trace
    assert "kernels/transform.py" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("own_clean:cleen", "can't be imported (AttributeError: module 'own_clean' has no attribute 'cleen')"),
        ("own_none:clean", "can't be imported (ModuleNotFoundError: No module named 'own_none')"),
        ("own_broken:clean", "can't be imported (ModuleNotFoundError: No module named 'no_such_module')"),
        ("own_clean:nothing", "is not a function"),
    ],
)
def test_a_function_that_is_not_there(own: str, name: str, problem: str) -> None:
    with pytest.raises(TransformError, match=r"^the transformation ") as caught:
        converted(own, name, [1])
    assert problem in str(caught.value)


ROWS = 6


def rows(numbers: list[int] | None = None) -> pa.RecordBatch:
    numbers = list(range(ROWS)) if numbers is None else numbers
    columns: dict[str, Any] = {
        "event_time": pa.array([DAY + number for number in numbers], pa.timestamp("ms", "UTC")),
        "log_group": ["/app"] * len(numbers),
        "log_stream": [f"s{number % 2}" for number in numbers],
        "raw": [f"text {number}" for number in numbers],
        "n": pa.array(numbers, pa.int64()),
        "share": pa.array([float("nan")] * len(numbers), pa.float64()),
        "slow": pa.nulls(len(numbers), pa.bool_()),
        "_source": ["exports/a.gz"] * len(numbers),
        "_line": pa.array(numbers, pa.int64()),
        "_event_id": pa.nulls(len(numbers), pa.string()),
    }
    return pa.RecordBatch.from_pydict(columns)


def changed(batch: pa.RecordBatch, name: str, values: Any) -> pa.RecordBatch:
    return batch.set_column(batch.schema.get_field_index(name), name, values)


def same(value: int, batch: pa.RecordBatch, kind: pa.DataType | None = None) -> Any:
    """One value for each row."""
    return pa.array([value] * len(batch), kind)


def applied(function: Callable[[Any], Any], batch: pa.RecordBatch | None = None) -> Transformed:
    return Transformation("own:clean", function=function)(rows() if batch is None else batch)


COUNTER = itertools.count()
SEEN: set[int] = set()


def _unseen(batch: pa.RecordBatch) -> pa.RecordBatch:
    numbers: list[Any] = batch["n"].to_pylist()
    fresh = [number not in SEEN for number in numbers]
    SEEN.update(numbers)
    return batch.filter(pa.array(fresh))


@pytest.mark.parametrize(
    ("function", "problem"),
    [
        (lambda batch: batch.to_pandas(), "returns DataFrame, and not a pyarrow.RecordBatch or Table"),
        (lambda batch: None, "returns NoneType"),
        (lambda batch: batch.drop_columns(["n"]), "does not return the column n: to empty it, set it to null"),
        (
            lambda batch: batch.append_column("raw", batch["raw"]),
            "the column raw twice: it is in the batch already",
        ),
        (lambda batch: batch.append_column("big", batch["n"]), "add `types: {big: bigint}` to its dataset"),
        (lambda batch: batch.append_column("odd", pc.equal(batch["n"], 1)), "add `types: {odd: boolean}`"),
        (
            lambda batch: changed(batch, "n", pc.divide(pc.cast(batch["n"], pa.float64()), 2)),
            "returns the column n as double",
        ),
        (
            lambda batch: changed(batch, "raw", batch["n"]),
            "returns the column raw as int64, and the table has it as string",
        ),
        (
            lambda batch: changed(batch, "n", pa.array([2**64 - 1] * len(batch), pa.uint64())),
            "a value that int64 does not hold",
        ),
        (lambda batch: changed(batch, "_line", pc.add(batch["_line"], 100)), "changes where a row is from"),
        (
            lambda batch: changed(batch, "event_time", pa.array([0] * len(batch), pa.timestamp("ms", "UTC"))),
            "changes where",
        ),
        (
            lambda batch: pa.concat_tables([pa.Table.from_batches([batch])] * 2),
            "returns a row more often than it got it",
        ),
        (lambda batch: batch.slice(0, 1), "it leaves out other rows"),
        (_unseen, "it leaves out other rows"),
        (lambda batch: sys.exit("enough"), "failed (SystemExit: enough)"),
        (lambda batch: changed(batch, "n", pa.array([len(batch)] * len(batch))), "the column n differs"),
        (
            lambda batch: changed(batch, "n", pa.array([next(COUNTER)] * len(batch))),
            "a second time: the column n differs",
        ),
    ],
)
def test_what_breaks_a_rule_is_refused(function: Callable[[Any], Any], problem: str) -> None:
    with pytest.raises(TransformError) as caught:
        applied(function)
    assert problem in str(caught.value)
    assert ("\nTraceback" in str(caught.value)) == ("failed" in problem)


def test_one_row_is_looked_at_twice() -> None:
    with pytest.raises(TransformError, match="a second time"):
        applied(lambda batch: changed(batch, "n", pa.array([next(COUNTER)])), rows([5]))


@pytest.mark.parametrize(
    "function",
    [
        lambda batch: batch,
        lambda batch: pa.Table.from_batches([batch]),
        lambda batch: pa.Table.from_pandas(batch.to_pandas(), preserve_index=False),
        lambda batch: changed(batch, "raw", pc.cast(batch["raw"], pa.large_string())),
        lambda batch: changed(batch, "raw", batch["raw"].dictionary_encode()),
        lambda batch: changed(batch, "slow", pa.nulls(len(batch))),
        lambda batch: changed(batch, "n", pc.cast(batch["n"], pa.int8())),
        lambda batch: batch.select(batch.schema.names[::-1]),
        lambda batch: batch.take(pa.array(np.arange(len(batch))[::-1].copy())),
    ],
)
def test_what_is_the_same_rows_stays_so(function: Callable[[Any], Any]) -> None:
    """A different container, order or width of types is not a change."""
    made = applied(function)
    assert made.rows.to_pylist()[0].keys() == rows().to_pylist()[0].keys()
    assert made.rows.schema == rows().schema
    assert [row["n"] for row in made.rows.to_pylist()] == list(range(ROWS))
    assert made.kept.tolist() == list(range(ROWS))


@settings(max_examples=60, deadline=None)
@given(
    numbers=st.lists(st.integers(0, 5), min_size=1, max_size=30),
    kept=st.lists(st.booleans(), min_size=6, max_size=6),
    order=st.randoms(use_true_random=False),
)
def test_rows_come_back_in_their_order(numbers: list[int], kept: list[bool], order: Any) -> None:
    """This holds for equal rows too, in whatever order a function returns them."""

    def function(batch: pa.RecordBatch) -> pa.RecordBatch:
        found: list[Any] = batch["n"].to_pylist()
        left = [place for place, number in enumerate(found) if kept[number]]
        order.shuffle(left)
        return batch.take(pa.array(left, pa.int64()))

    made = applied(function, rows(numbers))
    expected = [place for place, number in enumerate(numbers) if kept[number]]
    assert made.kept.tolist() == expected
    assert made.rows.column("n").to_pylist() == [numbers[place] for place in expected]


def test_only_the_first_rows_are_looked_at_twice() -> None:
    calls: list[int] = []

    def function(batch: pa.RecordBatch) -> pa.RecordBatch:
        calls.append(len(batch))
        return batch

    transformation = Transformation("own:clean", function=function)
    for _ in range(2):
        transformation(rows(list(range(3000))))
    assert calls == [1000, 1, 499, 500, 3000, 3000]


def test_the_columns_that_stay() -> None:
    assert set(IDENTITY) - {"log_account"} < {*rows().schema.names}  # which an old table lacks
