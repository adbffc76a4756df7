"""``loglake mcp``: a lake for programs that speak the Model Context Protocol, such as assistants, over stdio."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import wraps
from typing import TYPE_CHECKING, Any

from athena_duckdb.query.athena import QueryResult
from athena_duckdb.query.hive_types import quoted
from loglake_cli.cli.find import MAX_USD, document, span_of
from loglake_cli.cli.quarantine import quarantine_of
from loglake_cli.cli.shared.lakes import LakeText, lake_of
from loglake_cli.cli.shared.options import Json, print_json
from loglake_cli.cli.status import status_json
from loglake_cli.errors import REFUSALS, in_words
from loglake_cli.operations.finding.find import find, tables_to_search
from loglake_cli.operations.lakes.lake import Kind, Lake
from loglake_cli.operations.lakes.query import PAGE_BOUNDS, query_here
from loglake_cli.operations.quarantine import readable
from loglake_cli.operations.standing.missing import Reads
from loglake_cli.operations.standing.missing_answer import missing_of
from loglake_cli.operations.tables.query_output import json_rows
from loglake_cli.wording import program

if TYPE_CHECKING:
    from mcp.server.mcpserver import MCPServer

_INSTRUCTIONS = (
    "Tables of logs, in Athena's SQL. Every answer has `missing`: what of the asked time is not in the tables yet. "
    "Mention it if you draw conclusions from an answer that is not complete."
)
_ENTRY_BYTES = 2000
BOUNDS = replace(PAGE_BOUNDS, memory_mb=2048)
"""The limits of the page, with the memory that the process of a folder or an S3 prefix takes for itself."""


def mcp(*, lake: LakeText = None, as_json: Json = False) -> None:
    """Serve a lake to assistants, over stdio (Model Context Protocol).

    A client starts this command. Its tools list and describe tables, answer queries with the limits of the page, find
    texts, show the status and explain what is in quarantine. They only read. --json prints the settings of a client.

    Exit status: 0 the client has ended, 2 bad usage.
    """
    asked = lake_of(lake, "mcp")
    if as_json:
        place = os.path.abspath(asked.text) if os.path.isdir(asked.text) else asked.text  # a client starts it elsewhere
        print_json({"mcpServers": {"loglake": {"command": program(), "args": ["mcp", "--lake", place]}}})
        return
    server_of(asked).run()


def server_of(lake: Lake) -> MCPServer:
    """The server with all tools."""
    from mcp.server.mcpserver import MCPServer  # noqa: PLC0415  (an extra, which the help does not need)

    server = MCPServer("loglake", instructions=_INSTRUCTIONS)
    tools = _Tools(lake)
    every: tuple[Callable[..., dict[str, Any]], ...] = (
        tools.tables,
        tools.describe,
        tools.query,
        tools.find,
        tools.status,
        tools.quarantine,
    )
    for tool in every:
        server.add_tool(_in_words(tool))
    return server


def _in_words(tool: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """A tool whose errors a client gets as a sentence."""
    from mcp.server.mcpserver.exceptions import ToolError  # noqa: PLC0415

    @wraps(tool)
    def called(*args: Any, **given: Any) -> dict[str, Any]:
        try:
            return tool(*args, **given)
        except REFUSALS as error:
            raise ToolError(in_words(error)) from error

    return called


@dataclass(frozen=True)
class _Tools:
    """The tools. Their docstrings are what a client reads."""

    lake: Lake

    def tables(self) -> dict[str, Any]:
        """Lists the tables."""
        return self._rows(self._ask("SHOW TABLES"), None)

    def describe(self, table: str) -> dict[str, Any]:
        """Lists the columns of a table, with their types and the partition keys."""
        return self._rows(self._ask(f"DESCRIBE {quoted(table)}"), {table: (None, None)})

    def query(self, sql: str) -> dict[str, Any]:
        """Answers one SELECT in Athena's SQL. At most 500 rows are returned: `more` says if there are others.

        Give conditions on dt (the day, such as dt >= '2026-11-21') and event_time, so that little is read.
        """
        result = self._ask(sql)
        return self._rows(result, result.reads)

    def find(
        self, text: str, from_time: str = "", to_time: str = "", limit: int = 20, texts: bool = False
    ) -> dict[str, Any]:
        """Finds an id, an address or a part of an event's text in all tables, the newest rows first.

        Times are ISO 8601 in UTC, or such as -12h. Texts of events are searched only if no column of ids has the text,
        or with `texts`.
        """
        span = span_of(from_time or None, to_time or None)
        tables = tables_to_search(self.lake, text)
        found = find(lambda _what, sql: self._ask(sql), tables, text, span, limit=min(limit, 100), texts=texts)
        return document(found, missing_of(self.lake, found.reads))

    def status(self) -> dict[str, Any]:
        """Says how far each log group is, what failed and what to do."""
        return status_json(self.lake)

    def quarantine(self, table: str = "", reason: str = "", limit: int = 5) -> dict[str, Any]:
        """Explains events that could not be decoded: why, in which object and line, and their bytes, readable."""
        entries = [
            {
                "table": each.table,
                "reason": each.reason,
                "object": each.source,
                "line": each.line,
                "text": readable(each.data, _ENTRY_BYTES)[0],
                "values": dict(each.values),
            }
            for each in quarantine_of(self.lake).first(min(limit, 50), table or None, reason)
        ]
        return {"entries": entries, "missing": self._missing({table: (None, None)} if table else None)}

    def _rows(self, result: QueryResult, reads: Reads) -> dict[str, Any]:
        return {
            "rows": json_rows(result),
            "more": result.more,
            "bytes_read": result.bytes_read,
            "missing": self._missing(reads),
        }

    def _missing(self, reads: Reads) -> dict[str, Any]:
        return missing_of(self.lake, reads).to_json()

    def _ask(self, sql: str) -> QueryResult:
        if self.lake.kind is not Kind.DEPLOYED:
            return query_here(self.lake, sql, BOUNDS)
        from loglake_cli.operations.athena import run as athena  # noqa: PLC0415  (boto3, which no folder needs)

        return athena.ask(
            self.lake.place, sql, athena.at_most(MAX_USD, "narrow it, to tables that there are"), rows=BOUNDS.rows
        ).result
