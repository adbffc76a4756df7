"""``loglake find``: searches all tables of a lake."""

from __future__ import annotations

from typing import Annotated, Any, Optional

import typer

from athena_duckdb.query.athena import QueryResult
from athena_duckdb.query.query_bounds import NO_BOUNDS, TimeRange
from athena_duckdb.sql.values import shown
from loglake.aws.system_clock import SystemClock
from loglake.core.units import EPOCH
from loglake_cli.cli.shared import output
from loglake_cli.cli.shared.arguments import FOREVER, parse_range
from loglake_cli.cli.shared.errors import warn
from loglake_cli.cli.shared.lakes import LakeText, lake_of
from loglake_cli.cli.shared.options import TIME, Json, print_json
from loglake_cli.cli.shared.pace import PERCENT
from loglake_cli.cli.shared.progress import Progress
from loglake_cli.operations.finding.find import Found, Hit, tables_to_search
from loglake_cli.operations.finding.find import find as find_in
from loglake_cli.operations.lakes.lake import Kind, Lake
from loglake_cli.operations.lakes.query import query_here
from loglake_cli.operations.standing.missing import Missing
from loglake_cli.operations.standing.missing_answer import missing_of
from loglake_cli.operations.tables.query_output import plain
from loglake_cli.operations.tables.terminal_tables import print_table
from loglake_cli.wording import counted

_COLUMNS = ("event_time", "table", "found in", "level", "log_group", "message")
MAX_USD = 1.0
"""What a search may scan in Athena for, before a person is asked."""


def find(
    text: Annotated[
        str,
        typer.Argument(help="An id or an address, or a part of an event's text.", metavar="TEXT", show_default=False),
    ],
    *,
    from_: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option("--from", help=f"Only events from this time on: {TIME}.", metavar="TIME"),
    ] = None,
    to: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option("--to", help="Only events before this time.", metavar="TIME"),
    ] = None,
    limit: Annotated[int, typer.Option(help="Stop at so many rows.", metavar="NUMBER", min=1, max=1000)] = 20,
    texts: Annotated[
        bool, typer.Option("--texts", help="Search the texts of events even if a column of ids has it.")
    ] = False,
    lake: LakeText = None,
    as_json: Json = False,
) -> None:
    """Find an id or a text in all tables of a lake, the newest rows first.

    Columns of ids and addresses are searched first, because that reads little. Only if none has it, the texts of all
    events are searched. A deployment is asked through Athena, which bills what it scans.

    Exit status: 0 it was found, 1 it was not, 2 bad usage or a query that fails, 3 it would cost too much.
    """
    asked = lake_of(lake, "find")
    span = span_of(from_, to)
    with Progress(output.console(stderr=True)) as progress:

        def ask(what: str, sql: str) -> QueryResult:
            progress.begin(what, PERCENT)
            return _answer(asked, sql, progress)

        found = find_in(ask, tables_to_search(asked, text), text, span, limit=limit, texts=texts)
    missing = missing_of(asked, found.reads)
    if as_json:
        print_json(document(found, missing))
    else:
        _show(found, missing)
    raise typer.Exit(0 if found.hits else 1)


def document(found: Found, missing: Missing) -> dict[str, Any]:
    """What was found as one JSON-ready document."""
    return {
        "rows": [
            {
                "table": hit.table,
                "found_in": list(hit.columns),
                "row": {name: _value(value) for name, value in hit.row.items()},
            }
            for hit in found.hits
        ],
        "more": found.more,
        "tables": list(found.tables),
        "texts_searched": found.texts,
        "bytes_read": found.bytes_read,
        "missing": missing.to_json(),
    }


def _value(value: Any) -> Any:
    plainly = plain(value)
    return plainly if plainly is None or isinstance(plainly, (bool, int, float, str)) else shown(plainly)


def span_of(start: str | None, end: str | None) -> TimeRange:
    """The time that a person typed; None is open."""
    window = parse_range(start, end, SystemClock().now_ms())
    return (
        None if window.from_ms == EPOCH else window.from_ms,
        None if window.to_ms == FOREVER else window.to_ms,
    )


def _answer(lake: Lake, sql: str, progress: Progress) -> QueryResult:
    if lake.kind is not Kind.DEPLOYED:
        return query_here(lake, sql, NO_BOUNDS, progress.part)
    from loglake_cli.cli.shared.athena import in_athena  # noqa: PLC0415  (boto3, which no folder needs)

    return in_athena(lake.place, sql, reuse_minutes=0, max_cost=MAX_USD, rows=None)[0]


def _show(found: Found, missing: Missing) -> None:
    out = output.console()
    if found.hits:
        print_table(_COLUMNS, [_line(hit) for hit in found.hits], out, whole=("event_time",))
    else:
        out.print(f"Not found in {counted(len(found.tables), 'table')}.")
    said = [f"{found.bytes_read:,} bytes were read."]
    if not found.texts:
        said.append("Columns of ids have it, so the texts were not searched: add --texts to search them.")
    output.console(stderr=True).print(" ".join(said), style="dim", soft_wrap=True)
    if found.more:
        warn(["there may be more rows: raise --limit, or narrow the time with --from and --to."])
    warn(missing.sentences())


def _line(hit: Hit) -> list[str]:
    row = hit.row
    text = row.get("message") or row.get("raw") or ""
    cells = [row.get("level"), row.get("log_group"), " ".join(str(text).split())]
    return [shown(row["event_time"]) or "", hit.table, ", ".join(hit.columns) or "text", *(str(c or "") for c in cells)]
