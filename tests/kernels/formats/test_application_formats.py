from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.logs.parsed import Row, parsed_rows, schema_of
from support.yaml_files import read_yaml

from loglake.core.schema.schema import ColumnType
from loglake.kernels.arrow import to_mask
from loglake.kernels.formats.learn.format import HeaderFormat
from loglake.kernels.formats.pairs import logfmt, reading
from loglake.kernels.formats.registry import FORMATS, format_of

pytestmark = pytest.mark.unit

FIXTURES = Path(__file__).parent / "fixtures"
LOGHUB = Path(__file__).parents[4] / "shared" / "data" / "loghub"
NAMES = tuple(sorted(path.stem for path in FIXTURES.glob("*.yaml")))


def _fixtures(name: str) -> list[Row]:
    fixtures: list[Row] = read_yaml(FIXTURES / f"{name}.yaml")
    return fixtures


def _first_to_recognise(texts: list[str]) -> list[str]:
    raw = pa.array(texts, pa.string())
    masks = {name: to_mask(each.matches(raw)) for name, each in FORMATS.items()}
    return [next(name for name, mask in masks.items() if mask[row]) for row in range(len(texts))]


@pytest.mark.parametrize("name", NAMES)
def test_events_become_columns_message_and_level(name: str) -> None:
    fixtures = _fixtures(name)
    texts = [each["event"] for each in fixtures]
    rows = parsed_rows(format_of(name), texts, schema_of(format_of(name), texts))
    for row, each in zip(rows, fixtures):
        expected = dict(each["columns"])
        expected |= {"message": each["message"]} if each["message"] is not None else {}
        expected |= {"level": each["level"]} if "level" in each else {}
        expected |= {"_rescued": each["rescued"]} if "rescued" in each else {}
        assert row == expected


@pytest.mark.parametrize("name", NAMES)
def test_an_event_does_not_depend_on_its_neighbours(name: str) -> None:
    texts = [each["event"] for each in _fixtures(name)]
    texts = [*texts, "plain\ntext", *(each["event"] for other in NAMES for each in _fixtures(other))]
    chosen = format_of(name)
    if isinstance(chosen, HeaderFormat):
        chosen = chosen.learned(pa.array(texts))
    schema = schema_of(chosen, texts)
    together = parsed_rows(chosen, texts, schema)
    alone = {text: parsed_rows(chosen, [text], schema)[0] for text in set(texts)}
    assert together == [alone[text] for text in texts]
    assert together[::-1] == parsed_rows(chosen, texts[::-1], schema)


@pytest.mark.parametrize("name", NAMES)
def test_no_other_format_claims_an_event(name: str) -> None:
    texts = [each["event"] for each in _fixtures(name)]
    assert _first_to_recognise(texts) == [name] * len(texts)


@pytest.mark.parametrize("name", NAMES)
def test_fields_that_no_event_has_are_not_seen(name: str) -> None:
    always = {(field,) for field in format_of(name).about.fields}
    assert format_of(name).infer_types(pa.array([], pa.string())).keys() <= always


def test_prose_stays_text() -> None:
    texts = [
        "Dec 10 was a Thursday: nothing happened",
        "On 2026-11-21 08:00:00 the ERROR rate rose",
        "a=b",
        "set x=1 and y=2",
        "x = 1",
        "# Time: later",
        "# a heading\n# Query_time: none",
        "<999>1 2026-11-21T08:00:00Z host app - - - text",
        "1,2,3,4,5,6,QUERY,8,9,10",
        "Traceback (most recent call last):\n  File x",
        "",
    ]
    assert dict(zip(texts, _first_to_recognise(texts))) == dict.fromkeys(texts, "text")


@pytest.mark.skipif(not LOGHUB.is_dir(), reason="the loghub samples are not beside the repository")
@pytest.mark.parametrize(("file", "name"), [("OpenSSH", "syslog"), ("Hadoop", "header"), ("Spark", "header")])
def test_real_logs_are_recognised_line_by_line(file: str, name: str) -> None:
    lines = (LOGHUB / f"{file}.log").read_text("utf-8").splitlines()
    assert len(lines) == 2000
    assert _first_to_recognise(lines) == [name] * 2000  # no continuation line among them
    rows = parsed_rows(format_of(name), lines, schema_of(format_of(name), lines))
    assert not [row for row in rows if "_rescued" in row]
    field = "program" if name == "syslog" else "logger"
    assert all(row[field] and row["timestamp"] and line.endswith(row["message"]) for row, line in zip(rows, lines))
    assert name == "syslog" or all("level" in row for row in rows)


def test_logfmt_types_are_the_least_that_hold_each_value() -> None:
    texts = ["a=1 b=1.5 c=true d=007 e=1 f=9223372036854775808 g=", "a=2 b=1 c=false d=1 e=x f=1 g="]
    types = {column.name: column.type for column in schema_of(format_of("logfmt"), texts).columns}
    assert types == {
        "a": ColumnType.BIGINT,
        "b": ColumnType.DOUBLE,
        "c": ColumnType.BOOLEAN,
        "d": ColumnType.STRING,
        "e": ColumnType.STRING,
        "f": ColumnType.STRING,
    }


def test_logfmt_values_that_do_not_fit_are_rescued() -> None:
    schema = schema_of(format_of("logfmt"), ["a=1 b=2"])
    assert parsed_rows(format_of("logfmt"), ['a="x y" b=3 c=1'], schema)[0]["_rescued"] == '{"a":"x y","c":"1"}'


def test_a_repeated_key_among_many_logfmt_events() -> None:
    texts = [f"id={number} k=a" for number in range(2 * reading.SMALL)]
    texts[300] = "id=300 k=a k=b k.2=c"
    rows = parsed_rows(format_of("logfmt"), texts, schema_of(format_of("logfmt"), texts))
    assert rows[300] == {"id": 300, "k": "a", "k_2": "b", "k_2_2": "c"}
    assert rows[301] == {"id": 301, "k": "a"}


_NAMED = {*logfmt.MESSAGE_KEYS, *logfmt.LEVEL_KEYS}  # these need no column if they are the message or the level
_KEYS = st.from_regex(r"[a-z][a-z._]{0,3}", fullmatch=True).filter(lambda key: key not in _NAMED)
_BARE = st.text(st.characters(codec="utf-8", exclude_characters='" \t\n\r\x0c'), max_size=5)
_QUOTED = st.text(st.characters(codec="utf-8", exclude_characters='"\\'), max_size=5).map(lambda text: f'"{text}"')


@given(st.lists(st.lists(st.tuples(_KEYS, _BARE | _QUOTED), min_size=2, max_size=5), min_size=1, max_size=5))
def test_logfmt_at_once_is_logfmt_one_by_one(events: list[list[tuple[str, str]]]) -> None:
    texts = [" ".join(f"{key}={value}" for key, value in pairs) for pairs in events]
    assert to_mask(format_of("logfmt").matches(pa.array(texts))).all()
    schema = schema_of(format_of("logfmt"), texts)
    rows = parsed_rows(format_of("logfmt"), texts, schema)
    assert rows == [parsed_rows(format_of("logfmt"), [text], schema)[0] for text in texts]
    for row, event in zip(rows, events):
        values = [value for _, value in event if value.strip('"') not in ("", "''")]
        assert len(row) - len({"message", "level"} & row.keys()) == len(values)


def test_an_event_of_very_many_pairs_is_text() -> None:
    most = " ".join(["a=1"] * logfmt.MAX_PAIRS)
    recognised = logfmt.LogfmtFormat().matches(pa.array([most, f"{most} a=1", "a=1 " * 75_000]))
    assert recognised.to_pylist() == [True, False, False]
    assert len(logfmt.LogfmtFormat().infer_types(pa.array([most]))) == logfmt.MAX_PAIRS
    labels = "\t".join(["a:1"] * logfmt.MAX_PAIRS)
    assert logfmt.LogfmtFormat().matches(pa.array([labels, f"{labels}\ta:1"])).to_pylist() == [True, False]
