"""loglake as a Python library: what `loglake convert` and `loglake query` do, as functions.

`import loglake` has them all, such as `loglake.convert`. They print nothing, and may be called in any thread. What a
command says as an error is an exception here: `loglake.errors.ConfigError` for bad input, `LoglakeError` for the rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING

from athena_duckdb.errors import ConfigError as LocalConfigError
from athena_duckdb.errors import RefusedError
from athena_duckdb.query.athena import Dialect, QueryResult
from athena_duckdb.query.hive_types import quoted
from loglake.core.format_share import MIN_READ_RATIO
from loglake.core.units import format_instant, parse_instant, to_ms
from loglake.errors import ConfigError, PermanentError
from loglake.pipelines.folder_convert.report import FolderReport as Report
from loglake_cli.errors import in_words
from loglake_cli.operations.convert_folder import ConvertCommand, run
from loglake_cli.operations.lakes.lake import Kind, Lake, find_lake
from loglake_cli.operations.lakes.query import query_here
from loglake_cli.operations.standing.missing import Missing
from loglake_cli.operations.standing.missing_answer import missing_of

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Report", "Result", "convert", "query", "read", "tables"]

Place = str | PathLike[str]
"""A path, or ``s3://bucket/prefix``."""

Time = str | datetime
"""ISO 8601 or a datetime; without a zone it is UTC."""

_MAX_USD = 1.0

_WHOLE_TEXT = 'coalesce("raw", "message") AS "raw"'
"""Athena reads a table as it is: a dataset may leave ``raw`` out."""


@dataclass(frozen=True)
class Result:
    """The answer to a query.

    Attributes:
        table: the rows, with the types of Athena.
        bytes_read: bytes of the lake's files that were read, or that Athena scanned.
        missing: what the answer lacks, by the ledger: `complete` is True, False, or None if that is unknown;
            `sentences()` and `to_json()` say what it is.
    """

    table: pa.Table
    bytes_read: int
    missing: Missing


def convert(
    input: Place,  # noqa: A002  (as the command has it)
    output: Place,
    *,
    table: str | None = None,
    log_group: str | None = None,
    format: str = "auto",  # noqa: A002  (as the command has it)
    partition_by: str | None = None,
    datasets: Place | None = None,
    timezone: str = "",
    min_read_ratio: float = MIN_READ_RATIO,
    workers: int | None = None,
) -> Report:
    """Converts log files and exports to a table, each of them once, as `loglake convert` does.

        >>> report = convert("app.log", "lake", table="app")
        >>> report.accounting.rows_out, report.problems()
        (3, [])

    Args:
        input: a folder, an S3 prefix or one file.
        output: the lake: where the table's folder is or will be.
        table: its name; else it is named after the log group.
        log_group: of the exports; else the name of `input`.
        format: how events are read.
        partition_by: of a new table: ``day`` or ``hour``.
        datasets: a datasets file that says how the log group is read.
        timezone: of timestamps without one, such as ``Europe/Berlin``.
        min_read_ratio: the share of events that `format` has to read.
        workers: the most processes; None: one for each core.

    Returns:
        What was done. `Report.problems` has what is not in the table; the command would end with status 1 for it.

    Raises:
        ConfigError: an argument is wrong; nothing was done.
        LoglakeError: the work failed.
    """
    command = ConvertCommand(
        fspath(input),
        fspath(output),
        table,
        log_group,
        format,
        partition_by,
        timezone,
        min_read_ratio,
        None if datasets is None else Path(datasets),
        workers=workers,
    )
    with _own_errors():
        return run(command, lambda _step: None, lambda _done, _of: None)


def query(sql: str, lake: Place | None = None, *, dialect: str = "athena", max_usd: float = _MAX_USD) -> Result:
    """Answers one statement over the tables of a lake, as `loglake query` does.

        >>> query("SELECT count(*) AS events FROM app WHERE level = 'ERROR'", "lake").table.to_pylist()
        [{'events': 1}]

    Args:
        sql: SELECT, SHOW, DESCRIBE or EXPLAIN.
        lake: as for `--lake`: a folder, ``s3://bucket/prefix``, or ``aws:PREFIX`` for a deployment, where Athena
            answers and bills; None is what loglake.yaml names, else the last local run.
        dialect: ``athena``, or ``duckdb`` for a lake that is no deployment.
        max_usd: of a deployment: a query that may scan for more is not run.

    Raises:
        ConfigError: there is no such lake, the statement is refused or fails, or it may cost more.
    """
    from loglake_cli.operations.tables.query_files import arrow_table

    with _own_errors():
        found, answer = _answer(sql, lake, dialect, max_usd)
        return Result(arrow_table(answer), answer.bytes_read, missing_of(found, answer.reads))


def tables(lake: Place | None = None) -> list[str]:
    """The names of a lake's tables, in order.

        >>> tables("lake")
        ['app']

    Args:
        lake: as for `query`.

    Raises:
        ConfigError: there is no such lake.
    """
    with _own_errors():
        return sorted(str(name) for (name,) in _answer("SHOW TABLES", lake, "athena", _MAX_USD)[1].rows)


def read(
    lake: Place | None,
    table: str,
    *,
    columns: Sequence[str] | None = None,
    from_: Time | None = None,
    to: Time | None = None,
    max_usd: float = _MAX_USD,
) -> pa.Table:
    """The rows of a table in the order of their time, with the text of every event in `raw`. All are held in memory.

        >>> read("lake", "app", columns=["level", "message"], from_="2026-11-20T10:00:01Z").to_pylist()
        [{'level': 'ERROR', 'message': 'no stock'}, {'level': 'INFO', 'message': 'sold'}]

    Args:
        lake: as for `query`.
        table: its name.
        columns: only these.
        from_: only events from this time on.
        to: only events before this time.
        max_usd: as for `query`.

    Raises:
        ConfigError: there is no such lake, table or column, or a time can't be read.
    """
    from loglake_cli.operations.tables.query_files import with_whole_texts

    wanted = ", ".join(_WHOLE_TEXT if name == "raw" else quoted(name) for name in columns) if columns else "*"
    bounds = [bound for sign, time in ((">=", from_), ("<", to)) if time is not None for bound in _bounds(sign, time)]
    where = f" WHERE {' AND '.join(bounds)}" if bounds else ""
    rows = query(f"SELECT {wanted} FROM {quoted(table)}{where} ORDER BY event_time", lake, max_usd=max_usd).table
    return rows if columns else with_whole_texts(rows)


def _answer(sql: str, lake: Place | None, dialect: str, max_usd: float) -> tuple[Lake, QueryResult]:
    if dialect not in {each.value for each in Dialect}:
        raise ConfigError(f"dialect is {' or '.join(each.value for each in Dialect)}, and not {dialect!r}.")
    found = find_lake(None if lake is None else fspath(lake))
    if found.kind is not Kind.DEPLOYED:
        return found, query_here(found, sql, dialect=Dialect(dialect))
    if dialect != Dialect.ATHENA.value:
        raise ConfigError("dialect duckdb is for a lake on this machine: Athena has its own SQL alone.")
    from loglake_cli.operations.athena import run as athena  # noqa: PLC0415  (boto3, which no folder needs)

    check = athena.at_most(max_usd, "narrow it, such as with WHERE dt = '2026-11-21'")
    return found, athena.ask(found.place, sql, check).result


def _bounds(sign: str, time: Time) -> list[str]:
    """Conditions on the time of events and on the partition of their day."""
    if isinstance(time, str):
        ms = parse_instant(time)
    else:
        ms = to_ms(time if time.tzinfo else time.replace(tzinfo=timezone.utc))
    text = format_instant(ms)
    inclusive = ">=" if sign == ">=" else "<="
    return [
        f"dt {inclusive} '{text[:10]}'",
        f"event_time {sign} TIMESTAMP '{text[:-1].replace('T', ' ')}'",
    ]


@contextmanager
def _own_errors() -> Iterator[None]:
    """Gives errors of the packages beside loglake the classes of loglake's own."""
    try:
        yield
    except LocalConfigError as error:
        raise ConfigError(in_words(error)) from error
    except RefusedError as error:
        raise PermanentError(str(error)) from error
