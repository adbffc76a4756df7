"""`loglake query --views --create`: the views of a deployment, and their statements."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from loglake.errors import ConfigError
from loglake_cli.operations.athena.views import create_views, deployed_views

pytestmark = pytest.mark.unit

SERDE = {"SerializationLibrary": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"}


def table(name: str, columns: str, **more: str) -> dict[str, Any]:
    listed = [{"Name": each, "Type": "string"} for each in columns.split()]
    return {"DatabaseName": "lake", "Name": name, "StorageDescriptor": {"Columns": listed, "SerdeInfo": SERDE}, **more}


class Glue:
    """A catalog of some tables."""

    def __init__(self, *tables: dict[str, Any]) -> None:
        self._tables = tables

    def get_paginator(self, _operation: str) -> Glue:
        return self

    def paginate(self, **given: str) -> list[dict[str, Any]]:
        assert given == {"DatabaseName": "lake"}
        return [{"TableList": [each]} for each in self._tables]


class Athena:
    """A workgroup that keeps the statements, and refuses those of one view."""

    def __init__(self, refused: str = "none") -> None:
        self.statements: list[str] = []
        self._refused = refused
        self.meta = SimpleNamespace(endpoint_url="https://athena.eu-west-1.amazonaws.com")

    def get_work_group(self, **given: str) -> dict[str, Any]:
        return {"WorkGroup": {"Name": given["WorkGroup"]}}

    def start_query_execution(self, **given: Any) -> dict[str, Any]:
        assert given["QueryExecutionContext"] == {"Database": "lake"}
        self.statements.append(given["QueryString"])
        return {"QueryExecutionId": "q"}

    def get_query_execution(self, **_: str) -> dict[str, Any]:
        failed = self._refused in self.statements[-1]
        status = {"State": "FAILED", "StateChangeReason": "no"} if failed else {"State": "SUCCEEDED"}
        return {"QueryExecution": {"Status": status, "StatementType": "DDL"}}

    def get_paginator(self, _operation: str) -> Athena:
        return self

    def paginate(self, **_: Any) -> list[dict[str, Any]]:
        return [{"ResultSet": {"Rows": [], "ResultSetMetadata": {"ColumnInfo": []}}}]


FLOWS = "interface_id srcaddr dstaddr action dt"
GLUE = Glue(
    table("flows", FLOWS),
    table("alb_logs", "elb target_port elb_status_code request raw"),
    table("vpc_flow_logs", FLOWS, TableType="VIRTUAL_VIEW"),
    table("app", "message"),
)


def test_views_are_made_over_tables_and_no_table_is_replaced() -> None:
    athena = Athena()
    clients = {"glue": GLUE, "athena": athena}.__getitem__
    found = deployed_views(clients, "lake")
    assert [(view.name, view.tables) for view in found] == [
        ("alb_access_logs", ("alb_logs",)),
        ("vpc_flow_logs", ("flows",)),
    ]
    create_views(clients, "loglake", "lake", found)
    assert [each.split(" AS\n")[0] for each in athena.statements] == [
        'CREATE OR REPLACE VIEW "alb_access_logs"',
        'CREATE OR REPLACE VIEW "vpc_flow_logs"',
    ]
    assert 'CAST(NULL AS bigint) AS "packets"' in athena.statements[1]
    assert 'FROM "lake"."flows"' in athena.statements[1]


def test_what_athena_refuses_is_said() -> None:
    clients = {"glue": GLUE, "athena": Athena("vpc_flow_logs")}.__getitem__
    with pytest.raises(ConfigError, match="Athena: no"):
        create_views(clients, "loglake", "lake", deployed_views(clients, "lake"))


def test_a_local_stack_has_the_views_already() -> None:
    athena = Athena()
    athena.meta.endpoint_url = "http://127.0.0.1:4566"
    clients = {"glue": GLUE, "athena": athena}.__getitem__
    with pytest.raises(ConfigError, match="has the views already"):
        create_views(clients, "loglake", "lake", deployed_views(clients, "lake"))
    assert athena.statements == []
