"""Athena's API of the embedded AWS over its tables, called by boto3 and awswrangler."""

from __future__ import annotations

import io
import time
import warnings
from collections.abc import Iterator
from typing import Any

import boto3
import numpy as np
import pytest
from botocore.exceptions import ClientError
from support.gluelocal.crawled import NOW, Lake

from gluelocal.athena.api import AthenaApi
from gluelocal.cloud.embedded_aws import EmbeddedAws

pytestmark = pytest.mark.local

RESULTS = "s3://results/out/"
SLOW = """
SELECT count(*) FROM UNNEST(sequence(1, 100000)) AS a(x), UNNEST(sequence(1, 100000)) AS b(y) WHERE (x + y) % 7 = 3
"""


class Athena:
    """A client of Athena's API."""

    def __init__(self, aws: EmbeddedAws) -> None:
        self.client = aws.client("athena")
        self.s3 = aws.client("s3")

    def start(self, sql: str, **more: Any) -> str:
        asked = {"ResultConfiguration": {"OutputLocation": RESULTS}, **more}
        return str(self.client.start_query_execution(QueryString=sql, **asked)["QueryExecutionId"])

    def ended(self, query: str) -> dict[str, Any]:
        """The query when it is over."""
        until = time.monotonic() + 60
        while time.monotonic() < until:
            found: dict[str, Any] = self.client.get_query_execution(QueryExecutionId=query)["QueryExecution"]
            if found["Status"]["State"] not in {"QUEUED", "RUNNING"}:
                return found
            time.sleep(0.05)
        raise AssertionError("the query does not end")

    def rows(self, query: str, **more: Any) -> dict[str, Any]:
        found: dict[str, Any] = self.client.get_query_results(QueryExecutionId=query, **more)
        return found


@pytest.fixture
def athena(aws: EmbeddedAws) -> Iterator[Athena]:
    api = AthenaApi(aws, lambda: NOW)
    aws.services.append(api.service)
    lake = Lake(aws.client("s3"), aws.client("glue"))
    lake.put("tables/app/dt=2026-11-20/x.parquet", {"n": [1, 2], "text": ["a", None]})
    lake.put("tables/app/dt=2026-11-21/x.parquet", {"n": [3], "text": ['say "hi"']})
    lake.crawl()
    aws.client("s3").create_bucket(Bucket="results")
    yield Athena(aws)
    api.close()


def test_a_query_gives_rows_types_and_what_it_scanned(athena: Athena) -> None:
    query = athena.start(
        "SELECT n, text, count(*) OVER () FROM app ORDER BY n", QueryExecutionContext={"Database": "logs"}
    )
    done = athena.ended(query)
    assert done["Status"]["State"] == "SUCCEEDED"
    assert done["Statistics"]["DataScannedInBytes"] > 0
    found = athena.rows(query)["ResultSet"]
    cells = [[each.get("VarCharValue") for each in row["Data"]] for row in found["Rows"]]
    assert cells == [["n", "text", "_col2"], ["1", "a", "3"], ["2", None, "3"], ["3", 'say "hi"', "3"]]
    assert [column["Type"] for column in found["ResultSetMetadata"]["ColumnInfo"]] == ["bigint", "varchar", "bigint"]
    location = done["ResultConfiguration"]["OutputLocation"]
    assert location == f"{RESULTS}{query}.csv"
    body = athena.s3.get_object(Bucket="results", Key=f"out/{query}.csv")["Body"].read().decode()
    assert body == '"n","text","_col2"\n"1","a","3"\n"2",,"3"\n"3","say ""hi""","3"\n'


def test_results_come_in_pages(athena: Athena) -> None:
    query = athena.start("SELECT x FROM UNNEST(sequence(1, 5)) AS t(x)")
    athena.ended(query)
    pages = athena.client.get_paginator("get_query_results").paginate(
        QueryExecutionId=query, PaginationConfig={"PageSize": 2}
    )
    assert [row["Data"][0]["VarCharValue"] for page in pages for row in page["ResultSet"]["Rows"]] == ["x", *"12345"]


def test_what_is_new_is_seen_by_the_next_query(aws: EmbeddedAws, athena: Athena) -> None:
    first = athena.start("SELECT count(*) FROM app")
    athena.ended(first)
    lake = Lake.__new__(Lake)
    lake.s3, lake.glue = aws.client("s3"), aws.client("glue")
    lake.put("tables/app/dt=2026-11-21/y.parquet", {"n": [4], "text": ["new"]})
    second = athena.start("SELECT count(*) FROM app")
    athena.ended(second)
    assert [athena.rows(each)["ResultSet"]["Rows"][1]["Data"][0]["VarCharValue"] for each in (first, second)] == [
        "3",
        "4",
    ]


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("SELECT nope FROM app", "COLUMN_NOT_FOUND"),
        ("CREATE TABLE x AS SELECT 1", "ctas_approach=False"),
        ("CREATE EXTERNAL TABLE x (a int) LOCATION 's3://x/'", "only read"),
        ("MSCK REPAIR TABLE app", "only read"),
        ("SELECT xxhash64(to_utf8('a'))", "xxhash64 can't be given"),
    ],
)
def test_what_can_not_be_answered_fails_with_the_reason(athena: Athena, sql: str, said: str) -> None:
    query = athena.start(sql)
    done = athena.ended(query)
    assert done["Status"]["State"] == "FAILED"
    assert said in done["Status"]["StateChangeReason"]
    with pytest.raises(ClientError, match="Final query state: FAILED"):
        athena.rows(query)


def test_show_is_a_text_with_tabs(athena: Athena) -> None:
    query = athena.start("SHOW PARTITIONS app")
    assert athena.ended(query)["StatementType"] == "UTILITY"
    assert [row["Data"][0]["VarCharValue"] for row in athena.rows(query)["ResultSet"]["Rows"]] == [
        "dt=2026-11-20",
        "dt=2026-11-21",
    ]
    body = athena.s3.get_object(Bucket="results", Key=f"out/{query}.txt")["Body"].read()
    assert body == b"dt=2026-11-20\ndt=2026-11-21\n"


def test_a_query_can_be_stopped(athena: Athena) -> None:
    running, waiting = athena.start(SLOW), athena.start("SELECT 1")
    for query in (waiting, running):
        athena.client.stop_query_execution(QueryExecutionId=query)
    assert [athena.ended(each)["Status"]["State"] for each in (running, waiting)] == ["CANCELLED", "CANCELLED"]
    listed = athena.client.list_query_executions(WorkGroup="primary")["QueryExecutionIds"]
    assert set(listed) == {running, waiting}


def test_the_same_token_is_the_same_query(athena: Athena) -> None:
    token = "t" * 32
    assert len({athena.start("SELECT 1", ClientRequestToken=token) for _ in range(2)}) == 1


def test_a_workgroup_says_where_results_go_and_how_much_may_be_scanned(aws: EmbeddedAws, athena: Athena) -> None:
    configuration = {
        "ResultConfiguration": {"OutputLocation": "s3://results/group/"},
        "EnforceWorkGroupConfiguration": True,
        "BytesScannedCutoffPerQuery": 10_000_000,
    }
    athena.client.create_work_group(Name="small", Configuration=configuration)
    done = athena.ended(athena.start("SELECT count(*) FROM app", WorkGroup="small"))
    assert done["ResultConfiguration"]["OutputLocation"].startswith("s3://results/group/")
    lake = Lake.__new__(Lake)
    lake.s3, lake.glue = aws.client("s3"), aws.client("glue")
    lake.put("tables/app/dt=2026-11-21/large.parquet", {"n": np.random.default_rng(1).integers(0, 1 << 60, 1_600_000)})
    done = athena.ended(athena.start("SELECT sum(n) FROM app", WorkGroup="small"))
    assert done["Status"]["StateChangeReason"] == "Bytes scanned limit was exceeded"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"WorkGroup": "nope"}, "WorkGroup nope is not found"),
        ({"ResultConfiguration": {}}, "No output location provided"),
    ],
)
def test_a_bad_request_is_refused(athena: Athena, more: dict[str, Any], said: str) -> None:
    with pytest.raises(ClientError, match=said):
        athena.start("SELECT 1", **more)
    with pytest.raises(ClientError, match="was not found"):
        athena.client.get_query_execution(QueryExecutionId="nope")


def test_awswrangler_reads_a_query(aws: EmbeddedAws, athena: Athena, monkeypatch: pytest.MonkeyPatch) -> None:
    import awswrangler as wr  # noqa: PLC0415 - takes a moment, and every process of the tests reads this file

    for name, value in aws.environment().items():
        monkeypatch.setenv(name, value)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")

        def read(sql: str, **more: Any) -> Any:
            return wr.athena.read_sql_query(
                sql, database="logs", s3_output=RESULTS, boto3_session=boto3.session.Session(), **more
            )

        frame = read(
            "SELECT n, text, dt, timestamp '2026-11-20 10:00:00' AS t FROM app ORDER BY n", ctas_approach=False
        )
        with pytest.raises(wr.exceptions.QueryFailed, match="ctas_approach=False"):
            read("SELECT n FROM app", ctas_approach=True)
    out = io.StringIO()
    frame.to_csv(out, index=False)
    assert out.getvalue().splitlines()[1:3] == [
        "1,a,2026-11-20,2026-11-20 10:00:00",
        "2,,2026-11-20,2026-11-20 10:00:00",
    ]
