"""The stack query: a workgroup with an enforced limit, and saved queries for any table of loglake."""

from __future__ import annotations

from typing import Any

import duckdb
import pytest
from support.deployments.templates import Stack, all_deployed_stacks

from athena_duckdb.errors import ConfigError

pytestmark = pytest.mark.infra

TABLE = """
CREATE TABLE app_shop (event_time TIMESTAMP, log_group VARCHAR, log_stream VARCHAR, message VARCHAR, level VARCHAR,
                       raw VARCHAR, _rescued VARCHAR, _source VARCHAR, _line BIGINT, _event_id VARCHAR, dt VARCHAR)
"""
"""The columns that every table has, by day; what was parsed stands between them."""

ROWS = """
INSERT INTO app_shop SELECT now()::TIMESTAMP - to_hours(n::INTEGER), '/app/shop', 's', 'm' || n,
    CASE WHEN n % 2 = 0 THEN 'ERROR' ELSE 'INFO' END, 'raw', CASE WHEN n = 3 THEN '{}' END, 's3://raw/x', n, 'e',
    strftime(now()::TIMESTAMP - to_hours(n::INTEGER), '%Y-%m-%d')
FROM range(240) AS hours(n)
"""


def query_stack(**given: str) -> Stack:
    return all_deployed_stacks(**given)["query"]


def saved(**given: str) -> dict[str, dict[str, Any]]:
    return query_stack(**given).of_type("AWS::Athena::NamedQuery")


@pytest.fixture(scope="module")
def lake() -> duckdb.DuckDBPyConnection:
    """A table of the last ten days, in a schema called like the database."""
    connection = duckdb.connect()
    connection.execute("CREATE SCHEMA loglake; USE loglake")
    connection.execute(TABLE)
    connection.execute(ROWS)
    return connection


def test_without_a_table_there_is_only_what_needs_none(lake: duckdb.DuckDBPyConnection) -> None:
    """datasets.yaml names tables, and the first run creates them."""
    (query,) = saved().values()
    rows = lake.execute(query["QueryString"]).fetchall()
    assert [row[2] for row in rows][:3] == ["event_time", "log_group", "log_stream"]
    assert {row[0] for row in rows} == {"app_shop"}


@pytest.mark.parametrize("name", ["NewestQuery", "ErrorsQuery", "VolumeQuery", "RescuedQuery"])
def test_a_saved_query_runs_on_the_columns_that_every_table_has(lake: duckdb.DuckDBPyConnection, name: str) -> None:
    """DuckDB understands them as Athena does, because they are standard SQL."""
    query = saved(QueryTable="app_shop")[name]
    assert (query["Database"], query["WorkGroup"]) == ("loglake", "loglake")
    found = lake.execute(query["QueryString"]).fetchall()
    (days,) = lake.execute("SELECT count(DISTINCT dt) FROM app_shop").fetchone() or (0,)  # ten or eleven, by the hour
    assert len(found) == {"VolumeQuery": days, "RescuedQuery": 1}.get(name, len(found))
    assert found
    assert "WHERE dt >= " in query["QueryString"], "it would read the whole table"


def test_what_the_saved_queries_find(lake: duckdb.DuckDBPyConnection) -> None:
    queries = saved(QueryTable="app_shop")
    newest = lake.execute(queries["NewestQuery"]["QueryString"]).fetchall()
    assert [row[4] for row in newest[:3]] == ["m0", "m1", "m2"]
    errors = lake.execute(queries["ErrorsQuery"]["QueryString"]).fetchall()
    assert {row[2] for row in errors} == {"ERROR"}
    (rescued,) = lake.execute(queries["RescuedQuery"]["QueryString"]).fetchall()
    assert rescued[2:] == ("{}", "s3://raw/x", 3)


def test_nobody_gets_around_the_limit_and_the_bucket() -> None:
    (group,) = query_stack(ScanLimitGB="7").of_type("AWS::Athena::WorkGroup").values()
    configuration = group["WorkGroupConfiguration"]
    assert configuration["EnforceWorkGroupConfiguration"] is True
    assert configuration["BytesScannedCutoffPerQuery"] == "7000000000"
    assert configuration["EngineVersion"] == {"SelectedEngineVersion": "Athena engine version 3"}
    assert configuration["ResultConfiguration"]["OutputLocation"] == "s3://loglake-results-123456789012-eu-west-1/"
    assert configuration["ResultConfiguration"]["EncryptionConfiguration"] == {"EncryptionOption": "SSE_S3"}
    with pytest.raises(ConfigError, match="ScanLimitGB"):
        query_stack(ScanLimitGB="0")


def test_results_are_closed_encrypted_and_expire() -> None:
    key = "arn:aws:kms:eu-west-1:123456789012:key/1"
    (bucket,) = query_stack(ResultDays="3", KmsKeyArn=key).of_type("AWS::S3::Bucket").values()
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert bucket["OwnershipControls"]["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    (encryption,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert encryption["ServerSideEncryptionByDefault"] == {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
    rules = {rule["Id"]: rule for rule in bucket["LifecycleConfiguration"]["Rules"]}
    assert rules["results-expire"] == {"Id": "results-expire", "Status": "Enabled", "ExpirationInDays": "3"}
    (group,) = query_stack(KmsKeyArn=key).of_type("AWS::Athena::WorkGroup").values()
    encryption = group["WorkGroupConfiguration"]["ResultConfiguration"]["EncryptionConfiguration"]
    assert encryption == {"EncryptionOption": "SSE_KMS", "KmsKey": key}


def test_results_are_refused_without_tls() -> None:
    (policy,) = query_stack().of_type("AWS::S3::BucketPolicy").values()
    (deny,) = policy["PolicyDocument"]["Statement"]
    assert (deny["Effect"], deny["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})
