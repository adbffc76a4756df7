"""Formats that a datasets file, or an object's header, tells what their lines look like."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timezone

import pyarrow as pa
import pytest
from support.fakes.stores import MemoryStore
from support.logs.parsed import Row, parsed_rows
from support.worlds.bundles import DAY, bundle_of, convert_sampled, exported_line, put_object, table_rows

from loglake.core.schema.conversion import TablePlan
from loglake.core.schema.dataset_checks import ORDERED_FORMATS
from loglake.core.schema.datasets_file import load_datasets
from loglake.core.schema.schema import ColumnType, TableSchema, grow
from loglake.errors import ConfigError
from loglake.kernels.convert import convert_bundle
from loglake.kernels.formats.definitions import library
from loglake.kernels.formats.registry import FORMATS, check_datasets, format_of

pytestmark = pytest.mark.unit

V2 = "2 012345678901 eni-0a1b2c3d4e5f60718 10.0.0.5 10.0.1.9 49152 443 6 20 4249 1763712000 1763712060 ACCEPT OK"


PATTERN = r"^(?P<level>\w+) (?P<message>.*)$"


def test_making_a_format_again_costs_nothing() -> None:
    assert format_of("regex", PATTERN) is format_of("regex", PATTERN)
    assert format_of("vpc_flow", "", ["version", "vpc-id"]) is format_of("vpc_flow", "", ("version", "vpc-id"))
    assert format_of("vpc_flow") is FORMATS["vpc_flow"]


@pytest.mark.parametrize("name", [name for name in FORMATS if name not in ORDERED_FORMATS])
def test_other_formats_heed_no_order(name: str) -> None:
    assert format_of(name, "", ("version", "vpc-id")) is FORMATS[name]


def test_fields_in_an_order_of_ones_own() -> None:
    order = ("vpc-id", "srcaddr", "dstaddr", "bytes", "action", "log-status", "encryption-status", "flow-direction")
    texts = [
        "vpc-0a1b 10.0.0.5 2001:db8::2 4249 ACCEPT OK 3 egress",
        "vpc-0a1b - - - - NODATA - -",
        "vpc-0a1b - - - - SKIPDATA - -\r\n",
        "vpc-0a1b 10.0.0.5 10.0.1.9 4249 ACCEPT OK 3",
        V2,
    ]
    rows = parsed_rows(format_of("vpc_flow", "", order), texts)
    assert rows[0] == {
        "vpc_id": "vpc-0a1b",
        "srcaddr": "10.0.0.5",
        "dstaddr": "2001:db8::2",
        "bytes": 4249,
        "action": "ACCEPT",
        "log_status": "OK",
        "encryption_status": 3,
        "flow_direction": "egress",
    }
    assert rows[1] == {"vpc_id": "vpc-0a1b", "log_status": "NODATA"}
    assert rows[2] == {"vpc_id": "vpc-0a1b", "log_status": "SKIPDATA"}
    assert rows[3] == {"message": texts[3]}  # a field is missing
    assert rows[4].items() >= {"version": 2, "account_id": "012345678901", "srcaddr": "10.0.0.5"}.items()


def test_orders_of_one_table_fill_the_same_columns() -> None:
    one, other = ("srcaddr", "action", "bytes"), ("bytes", "srcaddr", "action")
    schema = grow(TableSchema("t"), format_of("vpc_flow", "", one).infer_types(pa.array([], pa.string())))
    first = parsed_rows(format_of("vpc_flow", "", one), ["10.0.0.5 REJECT 17"], schema)
    second = parsed_rows(format_of("vpc_flow", "", other), ["17 10.0.0.5 REJECT"], schema)
    expected = {"srcaddr": "10.0.0.5", "action": "REJECT", "bytes": 17}
    assert first == second == [expected]


LATEST = {
    "vpc-id": "vpc-0a1b",
    "subnet-id": "subnet-0c2d",
    "instance-id": "i-0e3f",
    "tcp-flags": "19",
    "type": "IPv4",
    "pkt-srcaddr": "10.0.0.5",
    "pkt-dstaddr": "10.0.1.9",
    "region": "eu-central-1",
    "az-id": "euc1-az1",
    "sublocation-type": "-",
    "sublocation-id": "-",
    "pkt-src-aws-service": "-",
    "pkt-dst-aws-service": "AMAZON",
    "flow-direction": "egress",
    "traffic-path": "8",
    "ecs-cluster-arn": "arn:aws:ecs:eu-central-1:012345678901:cluster/shop",
    "ecs-cluster-name": "shop",
    "ecs-container-instance-arn": "-",
    "ecs-container-instance-id": "-",
    "ecs-container-id": "0a1b2c",
    "ecs-second-container-id": "-",
    "ecs-service-name": "web",
    "ecs-task-definition-arn": "arn:aws:ecs:eu-central-1:012345678901:task-definition/web:7",
    "ecs-task-arn": "arn:aws:ecs:eu-central-1:012345678901:task/shop/0a1b",
    "ecs-task-id": "0a1b",
    "reject-reason": "-",
    "resource-id": "-",
    "encryption-status": "3",
}


LAST = {
    **{3: "pkt-dstaddr", 4: "sublocation-id", 5: "traffic-path", 7: "ecs-task-id", 8: "reject-reason"},
    **{9: "resource-id", 10: "encryption-status"},
}
"""The last field that a version brought."""


@pytest.mark.parametrize("version", LAST)
def test_later_fields_in_awss_order_need_no_configuration(version: int) -> None:
    names = list(LATEST)[: list(LATEST).index(LAST[version]) + 1]
    text = " ".join([V2, *(LATEST[name] for name in names)]).replace("2", str(version), 1)
    nodata = f"{version} 012345678901 eni-0a1b - - - - - - - 1763712000 1763712060 - NODATA{' -' * len(names)}"
    rows = parsed_rows(format_of("vpc_flow"), [V2, text, nodata])
    assert rows[0].items() >= {"version": 2, "log_status": "OK"}.items()
    later = {name.replace("-", "_"): LATEST[name] for name in names if LATEST[name] != "-"}
    assert {name: str(rows[1][name]) for name in later} == later
    assert rows[1]["tcp_flags"] == 19
    assert len(rows[1]) == 14 + len(later)
    assert rows[2].keys() == {"version", "account_id", "interface_id", "start", "end", "log_status"}
    in_order = format_of("vpc_flow", "", (*library()["vpc_flow"].first_order, *names))
    assert parsed_rows(in_order, [text, nodata]) == rows[1:]


def test_fields_that_awss_order_does_not_have_there_are_not_guessed() -> None:
    texts = [f"{V2} subnet-0c2d vpc-0a1b", f"{V2} eu-central-1", f"{V2} vpc-0a1b subnet-0c2d i-0e3f 19 IPv4 x y"]
    assert FORMATS["vpc_flow"].matches(pa.array(texts)).to_pylist() == [False] * 3


def _header(text: str) -> Sequence[str]:
    return text.split()


def test_a_header_may_have_fields_that_are_not_known_here() -> None:
    chosen = format_of("vpc_flow", "", _header("version srcaddr moon-phase action"))
    assert parsed_rows(chosen, ["11 10.0.0.5 waxing ACCEPT"]) == [
        {
            "version": 11,
            "srcaddr": "10.0.0.5",
            "moon_phase": "waxing",
            "action": "ACCEPT",
        }
    ]


@pytest.mark.parametrize("name", ORDERED_FORMATS)
@pytest.mark.parametrize("header", ["name size colour", "version srcaddr srcaddr", "date cs_Host_ cs(Host)"])
def test_an_order_of_something_else_is_not_heeded(name: str, header: str) -> None:
    assert format_of(name, "", _header(header)) is FORMATS[name]


def test_cloudfronts_fields_in_an_order_of_ones_own() -> None:
    chosen = format_of("cloudfront", "", _header("date time cs(Host) sc-status time-taken cs(User-Agent) new-one"))
    texts = ["2026-11-21\t08:30:00\tshop.example.com\t200\t0.25\t-\tx\r\n", "2026-11-21\t08:30:00\tshort"]
    assert parsed_rows(chosen, texts) == [
        {
            "date": "2026-11-21",
            "time": "08:30:00",
            "cs_host": "shop.example.com",
            "sc_status": 200,
            "time_taken": 0.25,
            "new_one": "x",
        },
        {"message": texts[1]},
    ]


def test_cloudfronts_own_order_is_read_as_without_a_header() -> None:
    line = "2026-11-21\t08:30:00\tFRA1\t17\t192.0.2.1\tGET\td1.cloudfront.net\t/a\t200\t-\tprobe\t-"
    names = _header("date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer)")
    names = [*names, "cs(User-Agent)", "cs-uri-query"]
    texts = [line, f"{line}\t-\tHit"]
    assert parsed_rows(format_of("cloudfront", "", names), texts) == parsed_rows(format_of("cloudfront"), texts)


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"format": "regex", "pattern": r"(?P<x>a)(?!b)"}, "dataset 1: pattern: .* is read with RE2, which refuses it"),
        ({"format": "grok", "pattern": "%{NUMBR:x}"}, "dataset 1: there is no Grok pattern 'NUMBR'"),
        ({"format": "log4j", "layout": "%zebra"}, "dataset 1: layout: '%zebra' has %zebra"),
        ({"multi_line_start_pattern": "^(?!a)"}, "dataset 1: .* has no look-ahead"),
        ({"multi_line_start_pattern": "(a"}, "dataset 1: .* refuses it: missing"),
        ({"format": "lnav", "pattern": "{}"}, "dataset 1: file: there is no format in it"),
        ({"format": "vpc_flow", "fields": ["version", "vpcid"]}, "dataset 1: fields: vpc_flow has no 'vpcid': use"),
        ({"format": "cloudfront_realtime", "fields": ["moon"]}, "dataset 1: fields: cloudfront_realtime has no 'moon'"),
        ({"format": "header", "fields": ["moon"]}, "dataset 1: fields: header takes the fields of a `#Fields:` line"),
        ({"format": "cloudfront", "fields": ["cs(Moon)"]}, r"dataset 1: fields: cloudfront has no 'cs\(Moon\)'"),
    ],
)  # fmt: skip
def test_a_datasets_file_is_checked_by_the_formats_it_names(entry: Row, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        check_datasets(load_datasets({"datasets": [{"log_groups": ["/a"], **entry}]}))


def test_a_good_datasets_file_passes() -> None:
    entries: list[Row] = [
        {"format": "regex", "pattern": PATTERN},
        {"format": "vpc_flow", "fields": list(library()["vpc_flow"].order())},
        {},
    ]
    check_datasets(load_datasets({"datasets": [{"log_groups": ["/a"], **entry} for entry in entries]}))


@pytest.mark.parametrize(
    ("changes", "text", "columns"),
    [
        (
            {"format": "regex", "pattern": r"^(?P<at>\S+) order=(?P<order>\d+)$", "types": {("at",): "timestamp"}},
            "2026-11-21T00:00:00Z order=17",
            {"order": 17, "at": datetime(2026, 11, 21, tzinfo=timezone.utc), "_rescued": None},
        ),
        (
            {"format": "vpc_flow", "fields": ("action", "srcaddr", "bytes")},
            "ACCEPT 10.0.0.5 17",
            {"action": "ACCEPT", "srcaddr": "10.0.0.5", "bytes": 17, "_rescued": None},
        ),
        (
            {"format": "cloudfront_realtime", "fields": ("timestamp", "c-ip", "time-to-first-byte", "sc-status")},
            "1795248000.123\t192.0.2.1\t0.002\t200",
            {
                "timestamp": datetime(2026, 11, 21, 8, 0, 0, 123000, tzinfo=timezone.utc),
                "c_ip": "192.0.2.1",
                "time_to_first_byte": 0.002,
                "sc_status": 200,
                "_rescued": None,
            },
        ),
        (
            {"format": "grok", "pattern": "^%{LOGLEVEL:level} %{NUMBER:took} %{GREEDYDATA:message}"},
            "warn 17 slow",
            {"took": 17.0, "message": "slow", "level": "WARN", "_rescued": None},
        ),
        (
            {"format": "lnav", "pattern": '{"a": {"regex": {"r": {"pattern": "^(?<who>ana) (?<body>.+)$"}}}}'},
            "ana left",
            {"who": "ana", "message": "left", "_rescued": None},
        ),
    ],
)
def test_what_a_dataset_says_reaches_the_table(changes: Row, text: str, columns: Row) -> None:
    store = MemoryStore("raw")
    raw = put_object(store, "web", exported_line(DAY, text) + exported_line(DAY + 1, "something else"))
    hints = {path: ColumnType(kind) for path, kind in changes.get("types", {}).items()}
    bundle = bundle_of([raw], **{**changes, "types": hints})
    rows = table_rows(*convert_sampled(store, bundle, changes["format"]))
    assert {name: rows[0][name] for name in columns} == columns
    assert (rows[1]["message"], rows[1]["_rescued"]) == ("something else", None)


@pytest.mark.parametrize("own", [{}, {"format": "alb"}, {"format": "lnav", "pattern": "{}"}])
def test_what_another_dataset_of_the_table_defines_is_not_for_this_one(own: Row) -> None:
    store = MemoryStore("raw")
    bundle = bundle_of([put_object(store, "web", exported_line(DAY, "order 17"))], **own)
    lake = MemoryStore("lake")
    (row,) = table_rows(convert_bundle(bundle, TablePlan("grok", TableSchema("app"), ("regex",)), store, lake), lake)
    assert (row["message"], row["_rescued"]) == ("order 17", None)
