"""`loglake query` over a deployment: a statement runs in Athena, its cost is shown first, and Ctrl-C cancels it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from support.deployments.operated import loglake
from support.gluelocal.crawled import NOW, Lake

from gluelocal.athena.api import AthenaApi
from gluelocal.cloud.embedded_aws import EmbeddedAws
from loglake.errors import ConfigError
from loglake_cli.operations.athena.run import Workgroup, cost_usd, most_scanned, reads_of, run, workgroup_of

pytestmark = pytest.mark.local

GROUP = Workgroup("logs")
CONFIGURATION = {
    "ResultConfiguration": {"OutputLocation": "s3://results/"},
    "EnforceWorkGroupConfiguration": True,
    "BytesScannedCutoffPerQuery": 10_000_000,
}


@pytest.fixture
def deployed(aws: EmbeddedAws, monkeypatch: pytest.MonkeyPatch) -> Iterator[EmbeddedAws]:
    """An account with the workgroup `logs`, and a table with a file on each of two days."""
    api = AthenaApi(aws, lambda: NOW)
    aws.services.append(api.service)
    lake = Lake(aws.client("s3"), aws.client("glue"))
    for day in (20, 21):
        lake.put(f"tables/app/dt=2026-11-{day}/x.parquet", {"n": [day], "took": [day / 4], "text": [None]})
    lake.crawl()
    aws.client("s3").create_bucket(Bucket="results")
    aws.client("athena").create_work_group(Name="logs", Configuration=CONFIGURATION)
    for name, value in aws.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)  # else it has the keys of another account
    yield aws
    api.close()


def test_the_command_runs_in_the_deployment_and_says_what_it_scanned(deployed: EmbeddedAws) -> None:
    ask = ("query", "SELECT n, took, text, dt FROM app ORDER BY n", "--lake", "aws:logs")
    done = loglake(*ask, "--json")
    assert done.exit_code == 0, done.stderr
    assert json.loads(done.stdout)[0] == {"n": 20, "took": 5.0, "text": None, "dt": "2026-11-20"}
    assert "Athena scanned" in done.stderr
    assert "0.000050 USD" in done.stderr  # 10 MB is the least that is billed
    assert "Whether anything is missing is unknown: the ledger can't be read" in done.stderr
    assert loglake(*ask, "--as", "csv").stdout.splitlines()[1] == "20,5.0,,2026-11-20"


def test_a_query_that_may_cost_too_much_is_asked_about_first(deployed: EmbeddedAws) -> None:
    ask = ("query", "SELECT count(*) FROM app", "--lake", "aws:logs", "--max-cost", "0.00001")
    done = loglake(*ask)
    assert (done.exit_code, done.stdout.strip()) == (3, ""), (done.stderr, done.exception)
    assert "Run it?" in done.stderr
    assert "nothing was run" in done.stderr
    assert "QueryExecutionIds" not in deployed.client("athena").list_query_executions(WorkGroup="logs")
    assert loglake(*ask, "--max-cost", "inf").stdout.split() == ["_col0", "2"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("SELECT nope FROM app",), "COLUMN_NOT_FOUND"),
        (("SELECT tok FROM app",), "Did you mean took?"),
        (("SELECT 1", "--dialect", "duckdb"), "Athena has its own SQL alone"),
    ],
)
def test_what_athena_refuses_is_said(deployed: EmbeddedAws, options: tuple[str, ...], said: str) -> None:
    done = loglake("query", *options, "--lake", "aws:logs", "--max-cost", "inf")
    assert done.exit_code == 2, done.stderr
    assert said in done.stderr


def test_how_much_can_be_scanned_follows_from_the_partitions(deployed: EmbeddedAws) -> None:
    def most(sql: str, group: Workgroup = GROUP) -> int | None:
        return most_scanned(deployed.client, reads_of(deployed.client, sql, "logs"), group)

    everything = most("SELECT * FROM app")
    assert everything is not None
    assert most("SELECT * FROM app WHERE dt >= '2026-11-21'") == everything // 2
    assert most("SELECT * FROM app WHERE dt = 'never'") == 0
    assert most("SHOW TABLES") == 0
    assert most("SELECT xxhash64(text) FROM nope") is None
    assert most("SELECT * FROM app", Workgroup("small", most_bytes=10)) == 10


def test_a_stack_on_this_machine_needs_no_workgroup_of_its_own(deployed: EmbeddedAws) -> None:
    found = workgroup_of(deployed.client, "other")
    assert found == Workgroup("primary", f"s3://other-control-{deployed.account_id}-us-east-1/query-results/")


class OnAws:
    """A client of an account without the workgroup, or with a query that fails."""

    class meta:  # noqa: N801  (as boto3 names it)
        endpoint_url = "https://athena.eu-central-1.amazonaws.com"
        region_name = "eu-central-1"

    def __init__(self, states: list[dict[str, Any]] | None = None) -> None:
        self.states = states or []
        self.calls: list[tuple[str, dict[str, Any]]] = []

    def get_work_group(self, **_: Any) -> Any:
        raise ConfigError("WorkGroup loglake is not found.")

    def start_query_execution(self, **given: Any) -> Any:
        self.calls.append(("start", given))
        return {"QueryExecutionId": "q"}

    def get_query_execution(self, **_: Any) -> Any:
        return {"QueryExecution": self.states.pop(0)}

    def stop_query_execution(self, **given: Any) -> Any:
        self.calls.append(("stop", given))

    def get_paginator(self, _name: str) -> Any:
        return self

    def paginate(self, **_: Any) -> Any:
        column = {"Name": "n", "Type": "bigint"}
        rows = [{"Data": [{"VarCharValue": text}]} for text in ("n", "1", "2", "3")]
        yield {"ResultSet": {"Rows": rows, "ResultSetMetadata": {"ColumnInfo": [column]}}}


def test_without_a_workgroup_on_aws_it_is_said_how_to_get_one() -> None:
    with pytest.raises(ConfigError, match="`loglake deploy`"):
        workgroup_of(lambda _service: OnAws(), "loglake")


def stop_at(count: int) -> Callable[[float], None]:
    """Waits so many times, then is interrupted."""
    left = [count]

    def sleep(_seconds: float) -> None:
        left[0] -= 1
        if left[0] == 0:
            raise KeyboardInterrupt

    return sleep


def test_who_stops_waiting_cancels_the_query() -> None:
    client = OnAws([{"Status": {"State": "QUEUED"}}, {"Status": {"State": "RUNNING"}}])
    with pytest.raises(KeyboardInterrupt):
        run(client, "SELECT 1", GROUP, "logs", sleep=stop_at(2))
    assert client.calls[-1] == ("stop", {"QueryExecutionId": "q"})


def test_a_result_that_is_reused_scans_nothing() -> None:
    statistics = {"ResultReuseInformation": {"ReusedPreviousResult": True}, "DataScannedInBytes": 0}
    client = OnAws([{"Status": {"State": "SUCCEEDED"}, "StatementType": "DML", "Statistics": statistics}])
    ran = run(client, "SELECT 1", GROUP, "logs", reuse_minutes=60, rows=2)
    reuse = client.calls[0][1]["ResultReuseConfiguration"]["ResultReuseByAgeConfiguration"]
    assert reuse == {"Enabled": True, "MaxAgeInMinutes": 60}
    assert (ran.result.rows, ran.result.more) == ([(1,), (2,)], True)
    assert "reused" in ran.line()


def test_a_scan_is_billed_by_the_terabyte_and_at_least_ten_megabytes() -> None:
    assert [cost_usd(size) for size in (0, 1, 10**12)] == [0, pytest.approx(5e-5), pytest.approx(5)]
