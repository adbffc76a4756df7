"""Runs a statement in Athena, waits for it, and reads its rows; whoever stops waiting cancels it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

from athena_duckdb.query.athena import Dialect, QueryResult
from athena_duckdb.query.athena_select import Reads, what_is_read
from loglake.aws import session
from loglake.core.units import split_s3_uri
from loglake.errors import ConfigError, LoglakeError
from loglake_cli.deploy.calls import Clients, call, is_here, pages
from loglake_cli.deploy.stacks import database_name
from loglake_cli.errors import BAD_INPUT
from loglake_cli.operations.cost.assumptions import values
from loglake_cli.operations.lakes.query import near_names

_POLL_S = (0.2, 0.5, 1.0)
_READ: dict[str, Callable[[str], Any]] = {
    **dict.fromkeys(("tinyint", "smallint", "integer", "bigint"), int),
    **dict.fromkeys(("real", "float", "double"), float),
    "boolean": lambda text: text == "true",
    "date": date.fromisoformat,
    "timestamp": datetime.fromisoformat,
    "decimal": Decimal,
}
"""By Athena's type, what makes a value of its text. Of any other type the text is the value."""


@dataclass(frozen=True)
class Ran:
    """What Athena gave.

    Attributes:
        result: columns and rows.
        reused: it is the result of an earlier run, and nothing was scanned.
        took_ms: from the start to the end.
    """

    result: QueryResult
    reused: bool
    took_ms: int

    def line(self) -> str:
        """What it scanned and cost, in a line."""
        if self.reused:
            return "The result of an earlier run was reused: nothing was scanned."
        scanned = self.result.bytes_read
        return f"Athena scanned {scanned:,} bytes, about {cost_usd(scanned):.6f} USD, in {self.took_ms / 1000:.1f} s."


@dataclass(frozen=True)
class Workgroup:
    """Where queries run.

    Attributes:
        name: of the workgroup.
        location: where results go, if the workgroup does not say it.
        most_bytes: what a query may scan, if that is limited.
    """

    name: str
    location: str | None = None
    most_bytes: int | None = None


def cost_usd(scanned: int) -> float:
    """What Athena bills for a scan: at least so many MB, if it scans anything."""
    of = values()
    billed = max(scanned, int(of["scan_minimum_mb"] * 1e6)) if scanned else 0
    return float(billed / 1e12 * of["scan_tb"])


def columns_of(client: Clients, database: str) -> Iterator[tuple[str, str]]:
    """The table and the name of each column of a database of the Glue catalog."""
    for page in pages(client("glue"), "get_tables", database, DatabaseName=database):
        for table in page["TableList"]:
            columns = [*table.get("StorageDescriptor", {}).get("Columns", []), *table.get("PartitionKeys", [])]
            yield from ((table["Name"], column["Name"]) for column in columns)


def workgroup_of(client: Clients, prefix: str) -> Workgroup:
    """The workgroup of a deployment; in a stack on this machine the one that is always there.

    Raises:
        ConfigError: the deployment has none.
    """
    athena = client("athena")
    try:
        found = call(athena, "get_work_group", prefix, WorkGroup=prefix)["WorkGroup"]
    except LoglakeError as error:
        if is_here(athena):
            account = call(client("sts"), "get_caller_identity", "*")["Account"]
            bucket = f"{prefix}-control-{account}-{athena.meta.region_name}"
            return Workgroup("primary", f"s3://{bucket}/query-results/")
        raise ConfigError(
            f"the deployment {prefix} has no Athena workgroup ({error}): set `query: true` below `stacks` of "
            "loglake.yaml, and run `loglake deploy`."
        ) from error
    limit = found.get("Configuration", {}).get("BytesScannedCutoffPerQuery")
    return Workgroup(prefix, most_bytes=int(limit) if limit else None)


def ask(
    prefix: str,
    sql: str,
    check: Callable[[int | None], None] | None,
    *,
    reuse_minutes: int = 0,
    rows: int | None = None,
) -> Ran:
    """Runs one statement in the workgroup of a deployment.

    Args:
        prefix: of the deployment.
        sql: the statement.
        check: gets what it can scan, as `most_scanned` says it, and raises if that is too much.
        reuse_minutes: as for `run`.
        rows: as for `run`.

    Raises:
        ConfigError: there is no workgroup, or as `run`.
    """
    client, database = cache(session.client), database_name(prefix)
    workgroup = workgroup_of(client, prefix)
    reads = reads_of(client, sql, database)
    if check:
        check(most_scanned(client, reads, workgroup))
    with near_names(lambda: columns_of(client, database)):
        ran = run(client("athena"), sql, workgroup, database, reuse_minutes=reuse_minutes, rows=rows)
    return replace(ran, result=replace(ran.result, reads=reads.times if reads else None))


def at_most(max_usd: float, advice: str) -> Callable[[int | None], None]:
    """The `check` of `ask` that refuses a query which may cost more."""

    def check(most: int | None) -> None:
        if most is None or cost_usd(most) > max_usd:
            unknown = "It can't be said what the query scans"
            what = unknown if most is None else f"It may cost {cost_usd(most):.2f} USD"
            raise ConfigError(f"{what}, and max_usd is {max_usd}: {advice}.")

    return check


def run(
    athena: Any,
    sql: str,
    workgroup: Workgroup,
    database: str,
    *,
    reuse_minutes: int = 0,
    rows: int | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> Ran:
    """Runs one statement.

    Args:
        athena: a client.
        sql: the statement.
        workgroup: in which it runs.
        database: of tables that are named without theirs.
        reuse_minutes: how old a result may be that is given again in place of a new one; 0 for none.
        rows: how many rows are read at the most; None is all.
        sleep: waits.

    Raises:
        ConfigError: Athena refuses the statement, or it failed or was cancelled.
        KeyboardInterrupt: as it came; the query is cancelled.
    """
    given: dict[str, Any] = {
        "QueryString": sql,
        "WorkGroup": workgroup.name,
        "QueryExecutionContext": {"Database": database},
    }
    if workgroup.location:
        given["ResultConfiguration"] = {"OutputLocation": workgroup.location}
    if reuse_minutes:
        given["ResultReuseConfiguration"] = {
            "ResultReuseByAgeConfiguration": {"Enabled": True, "MaxAgeInMinutes": reuse_minutes}
        }
    query = call(athena, "start_query_execution", workgroup.name, **given)["QueryExecutionId"]
    try:
        done = _ended(athena, query, sleep)
    except BaseException:
        call(athena, "stop_query_execution", query, QueryExecutionId=query)
        raise
    status, statistics = done["Status"], done.get("Statistics", {})
    if status["State"] != "SUCCEEDED":
        raise ConfigError(f"Athena: {status.get('StateChangeReason', status['State'])}")
    reused = statistics.get("ResultReuseInformation", {}).get("ReusedPreviousResult", False)
    return Ran(
        _result(athena, query, done.get("StatementType") == "DML", rows, int(statistics.get("DataScannedInBytes", 0))),
        reused,
        int(statistics.get("TotalExecutionTimeInMillis", 0)),
    )


def _ended(athena: Any, query: str, sleep: Callable[[float], None]) -> Any:
    looks = 0
    while True:
        found = call(athena, "get_query_execution", query, QueryExecutionId=query)["QueryExecution"]
        if found["Status"]["State"] not in {"QUEUED", "RUNNING"}:
            return found
        sleep(_POLL_S[min(looks, len(_POLL_S) - 1)])
        looks += 1


def _result(athena: Any, query: str, header: bool, most: int | None, scanned: int) -> QueryResult:
    columns: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    rows: list[tuple[Any, ...]] = []
    for page in pages(athena, "get_query_results", query, QueryExecutionId=query):
        found = page["ResultSet"]
        cells = [[cell.get("VarCharValue") for cell in row["Data"]] for row in found["Rows"]]
        if not columns:
            described = found["ResultSetMetadata"]["ColumnInfo"]
            columns, types = (tuple(column[part] for column in described) for part in ("Name", "Type"))
            cells = cells[1:] if header else cells
        rows += [
            tuple(None if text is None else _READ.get(kind, str)(text) for text, kind in zip(row, types))
            for row in cells
        ]
        if most is not None and len(rows) > most:
            return QueryResult(columns, _full(types), rows[:most], True, scanned, Dialect.ATHENA)
    return QueryResult(columns, _full(types), rows, False, scanned, Dialect.ATHENA)


def _full(types: tuple[str, ...]) -> tuple[str, ...]:
    """Types as `loglake query` names them; what is only given as a text is one."""
    names = {"timestamp": "timestamp(3)", "float": "real"}
    return tuple(names.get(kind, kind if kind in _READ and kind != "decimal" else "varchar") for kind in types)


def reads_of(client: Clients, sql: str, database: str) -> Reads | None:
    """What a statement can read; None if that can't be said: Athena may know more SQL than we do.

    Args:
        client: makes the clients of a service.
        sql: the statement.
        database: of tables that are named without theirs.
    """
    try:
        return what_is_read(catalog_in(client("glue"), database), sql, database)
    except BAD_INPUT:
        return None


def most_scanned(client: Clients, reads: Reads | None, workgroup: Workgroup) -> int | None:
    """Bytes that a query can scan: all columns of all partitions that it can read; None if that can't be said.

    Args:
        client: makes the clients of a service.
        reads: what the query can read.
        workgroup: its own limit counts, too.
    """
    if reads is None:
        return workgroup.most_bytes
    size = _size(client("s3"), reads.locations)
    return size if workgroup.most_bytes is None else min(size, workgroup.most_bytes)


def catalog_in(glue: Any, database: str) -> dict[str, list[Any]]:
    """The tables of a database of the Glue catalog, with all their partitions."""
    tables = [each for page in pages(glue, "get_tables", database, DatabaseName=database) for each in page["TableList"]]
    partitions = [
        each
        for table in tables
        if table.get("PartitionKeys")
        for page in pages(glue, "get_partitions", table["Name"], DatabaseName=database, TableName=table["Name"])
        for each in page["Partitions"]
    ]
    return {"databases": [{"Name": database}], "tables": tables, "partitions": partitions}


def _size(s3: Any, places: list[str]) -> int:
    folders = (split_s3_uri(f"{place.rstrip('/')}/") for place in sorted(set(places)))
    return sum(
        item["Size"]
        for bucket, prefix in folders
        for page in pages(s3, "list_objects_v2", bucket, Bucket=bucket, Prefix=prefix)
        for item in page.get("Contents", [])
    )
