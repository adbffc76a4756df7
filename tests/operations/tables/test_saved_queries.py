"""The saved queries run in Athena's SQL over loglake's tables of each format, and find what they promise."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from support.deployments.operated import loglake
from support.deployments.templates import all_deployed_stacks
from support.lakes.kept_formats import kept_formats

from athena_duckdb.query.lake_tables import LakeTables
from loglake.kernels.formats.registry import FORMATS
from loglake_cli.operations.tables.saved_queries import ANY, saved_queries, saved_query

pytestmark = pytest.mark.local

REPORT = "REPORT RequestId: 8f5e2f64-1c53-4d6c-9c1c-0c6a5a2d7b1{n}\tDuration: {ms}.5 ms\tBilled Duration: {billed} ms"
MEMORY = "\tMemory Size: 512 MB\tMax Memory Used: {used} MB\t"
COLD = "Init Duration: 247.12 ms\t"


def flow(source: str, port: int, size: int, action: str) -> str:
    return f"2 123456789012 eni-0a1b2c3d {source} 10.0.1.9 49152 {port} 6 20 {size} 1795249800 1795249860 {action} OK"


def request(target: str, seconds: str, status: int) -> str:
    return (
        f"https 2026-11-21T08:30:00.123456Z app/web/50dc6c495c0c9188 192.0.2.10:2817 {target} 0.001 {seconds} 0.000 "
        f'{status} {status if seconds != "-1" else "-"} 34 366 "GET https://shop.example.com:443/orders HTTP/1.1" '
        '"curl/8.5.0" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2'
    )


def record(name: str, who: dict[str, str], **more: Any) -> str:
    arn = f"arn:aws:iam::123456789012:{who['type'].lower()}"
    fields = {
        "eventVersion": "1.11",
        "userIdentity": {**who, "arn": arn},
        "eventTime": "2026-11-21T08:30:00Z",
        "eventSource": "s3.amazonaws.com",
        "eventName": name,
        "awsRegion": "eu-west-1",
        "sourceIPAddress": "192.0.2.9",
        "eventID": name,
        "eventType": "AwsApiCall",
        **more,
    }
    return json.dumps(fields, separators=(",", ":"))


ROOT, USER = {"type": "Root"}, {"type": "IAMUser"}
LOGIN = {"responseElements": {"ConsoleLogin": "Failure"}, "additionalEventData": {"MFAUsed": "No"}}
LINES = {
    "lambda": [
        REPORT.format(n=1, ms=102, billed=1000) + MEMORY.format(used=91) + COLD,
        REPORT.format(n=2, ms=7, billed=3000) + MEMORY.format(used=200),
    ],
    "vpc_flow": [flow("10.0.0.5", 443, 4000, "ACCEPT"), *[flow("192.0.2.7", 22, 40, "REJECT")] * 2],
    "cloudtrail": [
        record("ConsoleLogin", USER, **LOGIN),
        record("DeleteBucket", ROOT),
        record("CreateGrant", {**ROOT, "invokedBy": "rds.amazonaws.com"}),
        record("GetObject", USER, errorCode="AccessDenied"),
    ],
    "alb": [
        request("10.0.0.66:8080", "0.048", 200),
        *[request("10.0.0.67:8080", "2.5", 502)] * 2,
        request("-", "-1", 503),
    ],
}
LIST_PRICE = pytest.approx(2 * 0.0000166667 + 2 * 0.0000002)
FOUND: dict[str, tuple[str, list[tuple[Any, ...]]]] = {
    "lambda-cold-starts": ("log_group cold_starts longest_ms", [("lambda", 1, 247.12)]),
    "lambda-slowest": ("duration_ms init_duration_ms", [(102.5, 247.12), (7.5, None)]),
    "lambda-cost": ("memory_size_mb most_used_mb requests gb_seconds usd", [(512, 200, 2, 2.0, LIST_PRICE)]),
    "vpc-flow-top-talkers": ("srcaddr bytes_sent flows", [("10.0.0.5", 4000, 1), ("192.0.2.7", 80, 2)]),
    "vpc-flow-rejected": ("srcaddr dstport protocol flows", [("192.0.2.7", 22, 6, 2)]),
    "cloudtrail-console-logins": ("who result mfa_used", [("arn:aws:iam::123456789012:iamuser", "Failure", "No")]),
    "cloudtrail-root-use": ("eventname sourceipaddress", [("DeleteBucket", "192.0.2.9")]),
    "cloudtrail-denied": ("eventname error_code calls", [("GetObject", "AccessDenied", 1)]),
    "alb-server-errors": (
        "target elb_status_code target_status_code requests",
        [("10.0.0.67:8080", 502, 502, 2), (None, 503, None, 1)],
    ),
    "alb-slowest": ("target target_processing_time", [("10.0.0.67:8080", 2.5)] * 2 + [("10.0.0.66:8080", 0.048)]),
}
"""Columns and rows that the answers have."""


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LakeTables]:
    text = {table: "".join(f"{line}\n" for line in lines) for table, lines in LINES.items()}
    with LakeTables(kept_formats(tmp_path_factory.mktemp("saved"), text)) as opened:
        yield opened


def answer(tables: LakeTables, sql: str) -> list[dict[str, Any]]:
    found = tables.select_as_athena(sql)
    return [dict(zip(found.columns, row, strict=True)) for batch in found.batches for row in batch]


def test_each_format_is_one_of_loglake() -> None:
    assert {each.format for each in saved_queries()} - {ANY, ""} <= {*FORMATS}


@pytest.mark.parametrize("name", [each.name for each in saved_queries() if each.format not in {ANY, ""}])
def test_a_query_of_a_format_finds_what_it_says(tables: LakeTables, name: str) -> None:
    columns, expected = FOUND[name]
    found = answer(tables, saved_query(name).sql(None, "loglake"))
    assert [tuple(row[column] for column in columns.split()) for row in found] == expected


@pytest.mark.parametrize("name", ["columns", "newest", "errors", "volume", "rescued"])
def test_a_query_for_any_table_runs_on_one(tables: LakeTables, name: str) -> None:
    found = answer(tables, saved_query(name).sql("cloudtrail", "loglake"))
    assert bool(found) == (name != "rescued")


def test_the_stack_has_the_same_queries() -> None:
    every = dict.fromkeys(["QueryTable", "LambdaTable", "VpcFlowTable", "CloudtrailTable", "AlbTable"], "t1")
    deployed = all_deployed_stacks(**every)["query"].of_type("AWS::Athena::NamedQuery")
    assert [each["QueryString"].rstrip() for each in deployed.values()] == [
        each.sql("t1", "loglake") for each in saved_queries()
    ]
    assert len({each["Name"] for each in deployed.values()}) == len(deployed)


def test_all_are_listed_and_one_is_printed() -> None:
    listed = loglake("query", "--saved").stdout
    assert all(each.name in listed for each in saved_queries())
    assert [each["name"] for each in json.loads(loglake("query", "--saved", "--json").stdout)] == [
        each.name for each in saved_queries()
    ]
    done = loglake("query", "--saved", "vpc-flow-rejected", "--table", "my_flows", "--as", "sql")
    assert "FROM my_flows" in done.stdout
    assert done.stderr == ""
    assert "name yours with --table" in loglake("query", "--saved", "vpc-flow-rejected", "--as", "sql").stderr
    assert (
        "table_schema = 'team_a'"
        in loglake("query", "--saved", "columns", "--as", "sql", "--lake", "aws:team-a").stdout
    )


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("nope",), "no saved query nope"),
        (("vpc-flow-reject",), "did you mean vpc-flow-rejected"),
        (("newest", "--table", "a b"), "not a table"),
    ],
)
def test_what_can_not_be_printed_is_said(options: tuple[str, ...], said: str) -> None:
    done = loglake("query", "--saved", *options)
    assert done.exit_code == 2
    assert re.search(said, done.stderr)
