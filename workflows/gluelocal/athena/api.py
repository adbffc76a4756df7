"""The calls of Athena's API that run queries: start, look, stop, results."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from athena_duckdb.buckets import split_s3_uri
from athena_duckdb.errors import ConfigError
from athena_duckdb.query.athena import Dialect, QueryResult, query
from athena_duckdb.query.query_bounds import Bounds
from athena_duckdb.query.query_process import CHILD
from gluelocal.athena import result_sets
from gluelocal.athena.executions import FAILED, SUCCEEDED, Execution, Executions
from gluelocal.athena.table_copies import TableCopies
from gluelocal.cloud.embedded_aws import EmbeddedAws
from gluelocal.cloud.wire.json_service import ApiError, JsonService, page
from gluelocal.temporary import TemporaryFolder

BOUNDS = Bounds(seconds=600, memory_mb=2048, answer_mb=256)
"""The limits of one query."""

_INVALID = "InvalidRequestException"
_MOST_ROWS, _MOST_LISTED = 1000, 50
"""GetQueryResults and ListQueryExecutions, MaxResults."""

_NO_TABLES = " With awswrangler, add ctas_approach=False: a result is not made into a table here."


class AthenaApi:
    """Runs Athena's queries over the embedded AWS; `close` ends them.

    Args:
        aws: has the catalog, the objects and the workgroups.
        now_ms: the clock.
        child: the module that runs in a query's process.
    """

    def __init__(self, aws: EmbeddedAws, now_ms: Callable[[], int], child: str = CHILD) -> None:
        self._child = child
        self._aws = aws
        self._now_ms = now_ms
        self._temporary: TemporaryFolder | None = None
        self._copies: TableCopies | None = None
        self._tokens: dict[str, str] = {}
        self._executions = Executions(self._answer, now_ms)
        self.service = JsonService(
            "athena",
            {
                "StartQueryExecution": self._start,
                "StopQueryExecution": self._stop,
                "GetQueryExecution": self._get,
                "ListQueryExecutions": self._list,
                "GetQueryResults": self._results,
            },
            _INVALID,
        )

    def close(self) -> None:
        """Ends all queries and removes the copies that they read."""
        self._executions.close()
        if self._temporary is not None:
            self._temporary.cleanup()

    def _start(self, _region: str, request: dict[str, Any]) -> dict[str, Any]:
        token = request.get("ClientRequestToken", "")
        if token in self._tokens:
            return {"QueryExecutionId": self._tokens[token]}
        workgroup = request.get("WorkGroup", "primary")
        configuration = self._workgroup(workgroup)
        own, given = (
            some.get("ResultConfiguration", {}).get("OutputLocation", "") for some in (configuration, request)
        )
        location = own if configuration.get("EnforceWorkGroupConfiguration") and own else given or own
        if not location:
            raise ApiError(
                _INVALID,
                "No output location provided. An output location is required either through the Workgroup result "
                "configuration setting or as an API input.",
            )
        made = Execution(
            sql=request["QueryString"],
            database=request.get("QueryExecutionContext", {}).get("Database"),
            workgroup=workgroup,
            location=location,
            submitted_ms=self._now_ms(),
        )
        made.location = f"{location.rstrip('/')}/{made.id}.{'csv' if result_sets.has_header(made.sql) else 'txt'}"
        self._executions.start(made)
        if token:
            self._tokens[token] = made.id
        return {"QueryExecutionId": made.id}

    def _workgroup(self, name: str) -> dict[str, Any]:
        try:
            return dict(self._aws.client("athena").get_work_group(WorkGroup=name)["WorkGroup"].get("Configuration", {}))
        except ClientError as error:
            raise ApiError(_INVALID, f"WorkGroup {name} is not found.") from error

    def _answer(self, execution: Execution, on_part: Callable[[int, int], None]) -> QueryResult:
        """Answers a query over the tables as they are now, and writes its result."""
        if self._copies is None:
            self._temporary = TemporaryFolder("athena")
            self._copies = TableCopies(self._aws, Path(self._temporary.name))
        self._copies.refresh()
        try:
            result = query(
                self._copies.folder,
                execution.sql,
                BOUNDS,
                on_part,
                dialect=Dialect.ATHENA,
                database=execution.database,
                child=self._child,
            )
        except ConfigError as error:
            raise ConfigError(f"{error}{_NO_TABLES if 'CTAS' in str(error) else ''}") from error
        self._check_scan(execution, result)
        bucket, key = split_s3_uri(execution.location)
        body = result_sets.csv(result, result_sets.has_header(execution.sql)).encode()
        try:
            self._aws.client("s3").put_object(Bucket=bucket, Key=key, Body=body)
        except ClientError as error:
            raise ConfigError(f"The result can't be written to {execution.location}: {error}") from error
        return result

    def _check_scan(self, execution: Execution, result: QueryResult) -> None:
        limit = self._workgroup(execution.workgroup).get("BytesScannedCutoffPerQuery")
        if limit and result.bytes_read > int(limit):
            execution.bytes_read = result.bytes_read
            raise ConfigError("Bytes scanned limit was exceeded")

    def _execution(self, request: dict[str, Any]) -> Execution:
        found = self._executions.all.get(request["QueryExecutionId"])
        if found is None:
            raise ApiError(_INVALID, f"QueryExecution {request['QueryExecutionId']} was not found")
        return found

    def _stop(self, _region: str, request: dict[str, Any]) -> dict[str, Any]:
        self._executions.stop(self._execution(request))
        return {}

    def _get(self, _region: str, request: dict[str, Any]) -> dict[str, Any]:
        return {"QueryExecution": self._shape(self._execution(request))}

    def _list(self, _region: str, request: dict[str, Any]) -> dict[str, Any]:
        workgroup = request.get("WorkGroup", "primary")
        mine = [each.id for each in self._executions.all.values() if each.workgroup == workgroup]
        listed, more = page(mine[::-1], request, _MOST_LISTED, _INVALID)
        return {**({"QueryExecutionIds": listed} if listed else {}), **more}  # an empty list is none in Athena's model

    def _results(self, _region: str, request: dict[str, Any]) -> dict[str, Any]:
        found = self._execution(request)
        if found.state != SUCCEEDED:
            why = f" {found.reason}" if found.state == FAILED else ""
            raise ApiError(_INVALID, f"Query did not finish successfully. Final query state: {found.state}.{why}")
        if found.result is None:
            raise ApiError(_INVALID, f"The rows are no longer here: read {found.location}.")
        listed = result_sets.rows(found.result, result_sets.has_header(found.sql))
        rows, more = page(listed, request, _MOST_ROWS, _INVALID)
        metadata = {"ColumnInfo": result_sets.column_info(found.result)}
        return {"UpdateCount": 0, "ResultSet": {"Rows": rows, "ResultSetMetadata": metadata}, **more}

    def _shape(self, execution: Execution) -> dict[str, Any]:
        """An execution as GetQueryExecution shows it."""
        status: dict[str, Any] = {"State": execution.state, "SubmissionDateTime": execution.submitted_ms / 1000}
        if execution.ended_ms is not None:
            status["CompletionDateTime"] = execution.ended_ms / 1000
        if execution.reason:
            status["StateChangeReason"] = execution.reason
            status["AthenaError"] = {"ErrorCategory": 2, "ErrorMessage": execution.reason, "Retryable": False}
        took_ms = (execution.ended_ms or self._now_ms()) - execution.submitted_ms
        database = {"Database": execution.database} if execution.database else {}
        return {
            "QueryExecutionId": execution.id,
            "Query": execution.sql,
            "StatementType": "DML" if result_sets.has_header(execution.sql) else "UTILITY",
            "ResultConfiguration": {"OutputLocation": execution.location},
            "QueryExecutionContext": {"Catalog": "awsdatacatalog", **database},
            "Status": status,
            "Statistics": {
                "EngineExecutionTimeInMillis": took_ms,
                "DataScannedInBytes": execution.bytes_read,
                "TotalExecutionTimeInMillis": took_ms,
                "ResultReuseInformation": {"ReusedPreviousResult": False},
            },
            "WorkGroup": execution.workgroup,
            "EngineVersion": {
                "SelectedEngineVersion": "Athena engine version 3",
                "EffectiveEngineVersion": "Athena engine version 3",
            },
        }
