"""JSON nested so deep that Arrow's reader would end the process: it is read another way, and kept."""

from __future__ import annotations

import json

import pyarrow as pa
import pytest

from loglake.core.schema.schema import ColumnType, InferredType, TableSchema, grow
from loglake.kernels.json.fit import Fitter
from loglake.kernels.json.infer_types import infer_json_types
from loglake.kernels.json.read import DEEPEST, may_nest_too_deep
from loglake.kernels.readers.payload_columns import read_columns

pytestmark = pytest.mark.unit

DEEP = "[" * 60_000 + "]" * 60_000


def test_a_deep_event_costs_its_neighbours_nothing() -> None:
    raw = pa.array(['{"n":1}', f'{{"deep":{DEEP}}}', '{"n":2}'])
    seen = infer_json_types(raw)
    assert seen == {("n",): InferredType(ColumnType.BIGINT)}
    fitted = Fitter(grow(TableSchema("t"), seen)).fit(raw)
    assert fitted.columns[0].to_pylist() == [1, None, 2]
    assert fitted.valid.to_pylist() == [True, False, True]  # it is kept as text


@pytest.mark.parametrize(
    ("text", "too_deep"),
    [
        ("[" * DEEPEST, False),
        ("[" * (DEEPEST + 1), True),
        ('{"a":' * (DEEPEST + 1), True),
        ("x" * (DEEPEST + 1), False),
    ],
)
def test_what_may_nest_too_deep(text: str, too_deep: bool) -> None:
    assert may_nest_too_deep(pa.array(["{}", text])) is too_deep


def test_nothing_nests_in_no_text() -> None:
    assert may_nest_too_deep(pa.array([], pa.string())) is False


@pytest.mark.parametrize(
    ("extra", "is_read"), [("[[[]]]", True), (DEEP, False), ('{"a":' * 9_000 + "1" + "}" * 9_000, False)]
)
def test_a_deep_payload_is_left_to_the_other_reader(extra: str, is_read: bool) -> None:
    event = {"id": "1", "timestamp": 1, "message": "m" * 3_000}
    payload = json.dumps({"messageType": "DATA_MESSAGE", "logGroup": "g", "logStream": "s", "logEvents": [event]})
    data = f'{{"x":{extra},{payload[1:]}'.encode()
    assert (read_columns(data, 1) is not None) is is_read
