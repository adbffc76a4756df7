"""Lines are read by the names of their fields, wherever a header line or the dataset names them."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from support.fakes.fakes import MemoryLedger
from support.logs.parsed import parsed_rows, schema_of
from support.worlds.planned_bundles import convert_events

from loglake.errors import ConfigError
from loglake.kernels.formats.learn.format import HeaderFormat
from loglake.kernels.formats.learn.layout import layout_of
from loglake.kernels.formats.learn.named import ordered_layout

pytestmark = pytest.mark.unit

IIS = "#Fields: date time cs-method cs-uri-stem sc-status time-taken"
ZEEK = "#fields\tts\tuid\tid.orig_p\tproto"
LINES = [f"2026-11-21 08:00:0{second} GET /a{second} 200 1{second}" for second in range(5)]


def test_lines_are_read_also_where_the_header_line_is_in_an_object_of_before() -> None:
    ledger = MemoryLedger()
    first, _ = convert_events([IIS, *LINES], ledger)
    later, _ = convert_events(LINES, ledger)
    assert later == [
        {**row, "_line": each["_line"], "event_time": each["event_time"], "_event_id": each["_event_id"]}
        for row, each in zip(first[1:], later)
    ]
    assert [(row["cs_uri_stem"], row["sc_status"], row["time_taken"]) for row in later][:2] == [
        ("/a0", 200, 10),
        ("/a1", 200, 11),
    ]


def test_a_dataset_may_name_the_fields() -> None:
    names = tuple(IIS.split()[1:])
    (row,), _ = convert_events(LINES[:1], format="header", fields=names)
    assert (row["timestamp"], row["cs_method"], row["time_taken"]) == ("2026-11-21 08:00:00", "GET", 10)
    names = ("ts", "uid", "id.orig_p", "proto")
    (row,), _ = convert_events(["1795248000.5\tC1\t443\ttcp"], format="header", fields=names)
    assert (row["ts"].isoformat(), row["id_orig_p"], row["proto"]) == ("2026-11-21T08:00:00.500000+00:00", 443, "tcp")


def test_the_types_of_zeek_count_before_its_names() -> None:
    learned = HeaderFormat().learned(pa.array([f"{ZEEK}\tn", "#types\ttime\tstring\tport\tenum\tcount"]))
    assert learned.layouts == ("{ts:zeek_time}\t{uid:zeek}\t{id_orig_p:measure}\t{proto:zeek}\t{n:measure}…{end}",)
    again = learned.learned(pa.array([f"{ZEEK}\tn"]))
    assert again.layouts == learned.layouts


AT = "2026-11-21 08:00:00"
TO_SERVER = "#Fields: date time s-ip cs-method cs-uri-stem s-port c-ip sc-status"
TO_CLIENT = "#Fields: date time c-ip cs-method cs-uri-stem s-port s-ip sc-status"
REQUEST = f"{AT} 10.0.0.1 GET /a 80 192.0.2.9 200"


def test_a_line_that_fits_two_header_lines_is_read_without_what_they_call_otherwise() -> None:
    ledger = MemoryLedger()
    rows, _ = convert_events([TO_SERVER, REQUEST, TO_CLIENT, REQUEST], ledger)
    again, _ = convert_events([REQUEST], ledger)
    for row in (rows[1], rows[3], again[0]):
        assert {name: row[name] for name in ("cs_method", "cs_uri_stem", "s_port", "sc_status")} == {
            "cs_method": "GET",
            "cs_uri_stem": "/a",
            "s_port": 80,
            "sc_status": 200,
        }
        assert (row.get("s_ip"), row.get("c_ip"), row["message"]) == (None, None, REQUEST)
        assert row["_rescued"] is None


def test_lines_of_two_sites_are_told_apart_by_the_shapes_of_their_fields() -> None:
    head, rest = "#Fields: date time", "cs-method cs-uri-stem sc-status"
    lines = [f"{AT} W3SVC1 GET /a 200", f"{AT} 10.0.0.1 GET /b 404", f"{AT} - GET /c 200"]
    rows, _ = convert_events([f"{head} s-sitename {rest}", f"{head} s-ip {rest}", *lines])
    found = [(row["s_sitename"], row["s_ip"], row["cs_uri_stem"], row["sc_status"]) for row in rows[2:]]
    assert found == [("W3SVC1", None, "/a", 200), (None, "10.0.0.1", "/b", 404), (None, None, "/c", 200)]


def test_prose_is_no_line_of_named_fields() -> None:
    header = "#Fields: date time cs-method cs-uri-stem"
    rows, _ = convert_events([header, f"{AT} GET /a", f"{AT} ERROR failed"])
    assert [(row["cs_method"], row["level"]) for row in rows[1:]] == [("GET", None), (None, "ERROR")]


def test_a_number_of_any_digits_is_kept_and_its_line_with_it() -> None:
    rows, _ = convert_events([IIS, f"{AT} GET /a 200 5", f"{AT} GET /b 200 0.12345678901234567890123"])
    assert [row["cs_uri_stem"] for row in rows[1:]] == ["/a", "/b"]
    assert "0.12345678901234567890123" in (rows[2]["_rescued"] or str(rows[2]["time_taken"]))
    zeek = [f"{ZEEK}\tn", "#types\ttime\tstring\tport\tenum\tcount"]
    line = "1795248000.5\tC1\t443\ttcp\t18446744073709551615\r"
    rows, _ = convert_events([*zeek, line])
    assert (rows[2]["id_orig_p"], rows[2]["n"]) == (443, "18446744073709551615")


def test_the_last_column_of_zeek_has_no_end_of_line() -> None:
    rows, _ = convert_events([f"{ZEEK}\r", "1795248000.5\tC1\t443\ttcp\r"])
    assert rows[1]["proto"] == "tcp"


@pytest.mark.parametrize(
    "text",
    [
        "#Fields: some words in a comment",
        "#Fields: date time",
        "#Fields: date time date time x",
        "#Fields: date time x-edge-location sc-bytes c-ip",
        "#Fields: date time cs(a b) c",
        "#fields\tuid\tts\tproto\tx",
        "see #Fields: date time cs-method sc-status",
        "#Fields: ",
        "#Fields: date time " + " ".join(f"x-{number}" for number in range(3000)),
    ],
)
def test_what_names_no_fields_is_no_header(text: str) -> None:
    assert HeaderFormat().learned(pa.array([text])).layouts == ()


@pytest.mark.parametrize(
    "names", [["version", "vpc-id", "a", "b"], ["date", "time", "(", "c"], ["ts", "a b", "c", "d"]]
)
def test_a_dataset_that_names_others_is_refused(names: list[str]) -> None:
    with pytest.raises(ConfigError, match="fields: header takes the fields of"):
        ordered_layout(names)


_NAME = st.from_regex(r"[A-Za-z][A-Za-z0-9-]{0,6}(\([A-Za-z-]{1,5}\))?", fullmatch=True)


@given(st.lists(_NAME, min_size=2, max_size=12), st.data())
def test_each_value_is_found_under_its_name(names: list[str], data: st.DataObject) -> None:
    try:
        layout = layout_of(ordered_layout(["date", "time", *names]))
    except ConfigError:  # a name twice, once they are clean
        return
    kinds = layout.fields.values()
    assume({*kinds} <= {"iso", "w3c", "measure"})  # others have shapes of their own
    numbers = {name for name, kind in layout.fields.items() if kind == "measure"}
    value = st.from_regex(r"[!#-~]{1,8}", fullmatch=True)
    own = [name for name in layout.fields if name != "timestamp"]
    values = [data.draw(st.just("17") if name in numbers else value) for name in own]
    line = " ".join(["2026-11-21 08:00:00", *values])
    chosen = HeaderFormat([layout.text])
    assert chosen.matches(pa.array([line, f"{line} more", line.rpartition(" ")[0]])).to_pylist() == [True, False, False]
    schema = schema_of(chosen, [line])
    (row,) = parsed_rows(chosen, [line], schema)
    found = {column.path[0]: row[column.name] for column in schema.columns if column.name in row}
    expected = {name: 17 if name in numbers else each for name, each in zip(own, values) if each != "-"}
    assert found == {"timestamp": "2026-11-21 08:00:00", **expected}
    assert (row.get("message"), row.get("level")) == (None, None)
