"""One statement of Athena's SQL over the catalog's tables: the views that it needs, and DuckDB's statement."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta, timezone, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import duckdb
from sqlglot import exp

from athena_duckdb.catalog_file import Catalog, parquet_tables
from athena_duckdb.errors import ConfigError
from athena_duckdb.query import information_schema
from athena_duckdb.query.catalog_statements import VIEW, catalog_answer, view_sql
from athena_duckdb.query.hidden_columns import SUFFIX, name_hidden
from athena_duckdb.query.hive_checks import as_athena_says, partition_mismatch
from athena_duckdb.query.hive_types import quoted
from athena_duckdb.query.partition_pruning import conditions, push_down
from athena_duckdb.query.query_bounds import TimeRange
from athena_duckdb.query.select_only import check_text, tables_read
from athena_duckdb.query.table_views import TableViews
from athena_duckdb.query.time_ranges import TIMES, time_range
from athena_duckdb.sql.common_tables import common_tables
from athena_duckdb.sql.data_types import athena_type
from athena_duckdb.sql.name_checks import check_names
from athena_duckdb.sql.parsing import parsed
from athena_duckdb.sql.translation import UNNAMED, Translated, duckdb_sql, macros_of, translated

_CATALOGS = frozenset({"", "awsdatacatalog"})


Row = tuple[Any, ...]


@dataclass(frozen=True)
class Answer:
    """The result of a statement.

    Attributes:
        columns: the column names.
        types: their types, in the statement's dialect.
        batches: batches of rows, read on demand.
        reads: the tables that it reads, each with the time range of its rows.
    """

    columns: tuple[str, ...]
    types: tuple[str, ...]
    batches: Iterator[list[Row]]
    reads: Mapping[str, TimeRange] = field(default_factory=dict)


BatchesOf = Callable[[Mapping[int, tzinfo]], Iterator[list[Row]]]
"""Reads the rows of the connection; takes, by column position, the time zone of its values if it isn't UTC."""


def select(views: TableViews, sql: str, database: str | None, catalog: Catalog, batches: BatchesOf) -> Answer:
    """Runs a statement.

    Args:
        views: makes a view for each table that the statement reads, on a connection that knows their files.
        sql: the statement.
        database: the default for tables that are named without one; None means any.
        catalog: of tables and views.
        batches: reads the rows.

    Raises:
        ConfigError: Athena would refuse it, or it has no translation.
    """
    check_text(sql)
    answer = catalog_answer(catalog, sql, database)
    if answer is not None:
        columns, rows = answer
        return Answer(columns, ("varchar",) * len(columns), iter([rows] if rows else []))
    return _Statement(views.connection, catalog, database).run(sql, views, batches)


@dataclass(frozen=True)
class Reads:
    """What a statement can read.

    Attributes:
        locations: where the files are, of partitions that matter, or of tables that have none.
        times: its tables, each with the time range of its rows.
    """

    locations: list[str]
    times: Mapping[str, TimeRange]


def what_is_read(catalog: Catalog, sql: str, database: str | None) -> Reads:
    """What a statement can read.

    Raises:
        ConfigError: it is not a query that can be translated here.
    """
    if catalog_answer(catalog, sql, database) is not None:
        return Reads([], {})
    with duckdb.connect(":memory:") as connection:
        connection.execute("SET TimeZone = 'UTC'")
        return _Statement(connection, catalog, database).reads(sql)


class _Statement:
    def __init__(self, connection: duckdb.DuckDBPyConnection, catalog: Catalog, database: str | None) -> None:
        self._connection = connection
        self._catalog = catalog
        self._database = database.lower() if database else None
        self._tables = parquet_tables(catalog)
        self._views = [table for table in catalog["tables"] if table.get("TableType") == VIEW]
        self._macros: set[str] = set()

    def reads(self, sql: str) -> Reads:
        """What a query can read."""
        query = self._with_views(parsed(sql))
        read = self._resolved(query)
        found = []
        for table in read.values():
            keys = [key["Name"] for key in table.get("PartitionKeys", [])]
            own = (table["DatabaseName"], table["Name"])
            mine = [each for each in self._catalog["partitions"] if (each["DatabaseName"], each["TableName"]) == own]
            if not keys:
                found.append(table["StorageDescriptor"]["Location"])
            elif mine:
                found += self._chosen(mine, keys, self._which(query, table))
        return Reads(found, self._times(query, read))

    def _chosen(self, partitions: list[Any], keys: list[str], which: str) -> list[str]:
        columns = [*(quoted(key) for key in keys), "loglake_location"]
        selected = ", ".join(f"unnest(?::VARCHAR[]) AS {column}" for column in columns)
        values = [[each["Values"][at] for each in partitions] for at in range(len(keys))]
        places = [each["StorageDescriptor"]["Location"] for each in partitions]
        sql = f"SELECT loglake_location FROM (SELECT {selected}) WHERE {which or 'true'}"
        return [place for (place,) in self._connection.execute(sql, [*values, places]).fetchall()]

    def run(self, sql: str, views: TableViews, batches: BatchesOf) -> Answer:
        begin = sql.lstrip()
        explained = begin[:8].lower() == "explain "
        query = self._with_views(parsed(begin[8:] if explained else sql))
        times = self._make_views(query, views)
        made = self._translate(query)
        tables_read(self._connection, made.sql)
        described = self._connection.execute(f"{'EXPLAIN ' if explained else ''}{made.sql}").description or []
        if explained:
            rows: list[Row] = [("\n".join(row[1] for row in self._connection.fetchall()),)]
            return Answer(("Query Plan",), ("varchar",), iter([rows]))
        columns = tuple(_shown(str(column[0]), at) for at, column in enumerate(described))
        types = tuple(athena_type(str(column[1])) for column in described)
        named = {name.lower(): zone for name, zone in made.zones.items()}
        zones = {at: _zone(named[name[0].lower()]) for at, name in enumerate(described) if name[0].lower() in named}
        return Answer(columns, types, batches(zones), times)

    def _translate(self, query: exp.Expr) -> Translated:
        made = translated(query, self._describe, self._number)
        self._make_macros(made.macros)
        return made

    def _describe(self, sql: str) -> list[str]:
        self._make_macros(macros_of(sql))
        return [row[1] for row in self._connection.execute(f"DESCRIBE {sql}").fetchall()]

    def _number(self, expression: exp.Expr) -> int:
        sql = f"SELECT {duckdb_sql(expression)}"
        self._make_macros(macros_of(sql))
        found = self._connection.execute(sql).fetchone()
        assert found
        return int(found[0])

    def _make_macros(self, statements: Iterable[str]) -> None:
        for statement in statements:
            if statement not in self._macros:
                self._macros.add(statement)
                self._connection.execute(statement)

    def _with_views(self, query: exp.Expr) -> exp.Expr:
        """The query with the text of each view that it reads; a table of the name comes first."""
        all_columns = any(isinstance(each.parent, (exp.Select, exp.Column)) for each in query.find_all(exp.Star))
        named = None if all_columns else {each.name.lower() for each in query.find_all(exp.Identifier)}
        for reference in list(query.find_all(exp.Table)):
            if self._is_source(reference) and not _of(self._tables, self._place(reference)):
                for view in _of(self._views, self._place(reference)):
                    alias = reference.args.get("alias") or exp.TableAlias(this=exp.to_identifier(view["Name"]))
                    text = _with_only(parsed(view_sql(view)), named)
                    push_down(reference, text, lambda each: _keys(self._table(each)))
                    inner = exp.Subquery(this=text, alias=alias.copy())
                    inner.set("joins", reference.args.get("joins"))
                    reference.replace(inner)
        return query

    def _resolved(self, query: exp.Expr) -> dict[str, Any]:
        """The tables that a query reads, by name; in the query they have their databases from then on."""
        read = {}
        for reference in list(query.find_all(exp.Table)):
            if information_schema.is_of(reference):
                information_schema.make(self._connection, self._catalog)
                information_schema.rename(reference)
            elif self._is_source(reference):
                table = self._table(reference)
                reference.set("db", exp.to_identifier(table["DatabaseName"], quoted=True))
                reference.set("catalog", None)
                read[_key(table)] = table
        return read

    def _make_views(self, query: exp.Expr, views: TableViews) -> dict[str, TimeRange]:
        """Makes the views of the statement's tables, with only the partitions that can matter; returns `_times`."""
        read = self._resolved(query)
        check_names(query, lambda each: _columns(read.get(self._name(each) or "")))
        which = {name: self._which(query, table) for name, table in read.items()}
        times = self._times(query, read)
        name_hidden(query, lambda each: self._name(each) is not None)
        hidden = {each.name.lower() for each in query.find_all(exp.Table) if each.name.endswith(SUFFIX)}
        for number, (name, table) in enumerate(read.items()):
            problem = partition_mismatch(self._catalog, table)
            if problem:
                raise ConfigError(problem)
            try:
                views.create_one(table, 2 * number, which[name])
                if table["Name"].lower() + SUFFIX in hidden:
                    views.create_one(table, 2 * number + 1, which[name], hidden=True)
            except duckdb.Error as error:
                raise ConfigError(as_athena_says(str(error))) from error
        return times

    def _times(self, query: exp.Expr, read: Mapping[str, Any]) -> dict[str, TimeRange]:
        """Of which time the statement can have rows, by table."""
        found = {}
        for name, table in read.items():
            said = conditions(query, self._name, TIMES & (_columns(table) or set()), name)
            found[table["Name"].lower()] = time_range(said or [], self._instant)
        return found

    def _instant(self, constant: exp.Expr) -> int | None:
        """A constant as milliseconds since the epoch; None if it is no time."""
        try:
            made = self._translate(exp.Select(expressions=[constant.copy()]))
            sql = f"SELECT epoch_ms(CAST(x AS TIMESTAMP)) FROM ({made.sql}) AS t(x)"
            row = self._connection.execute(sql).fetchone()
        except (ConfigError, duckdb.Error):
            return None
        return row[0] if row else None

    def _which(self, query: exp.Expr, table: Any) -> str:
        """The condition for partitions that can matter, in DuckDB's SQL; empty if all can."""
        keys = _keys(table)
        found = conditions(query, self._name, keys, _key(table)) if keys else None
        if not found:
            return ""
        holder = exp.Select(expressions=[exp.Literal.number(1)])
        holder.set("where", exp.Where(this=exp.or_(*found)))
        self._translate(holder)
        return duckdb_sql(holder.args["where"].this)

    def _is_source(self, reference: exp.Table) -> bool:
        """Whether a name in FROM is a table of the catalog, and not a common table expression."""
        if reference.db or not isinstance(reference.this, exp.Identifier):
            return isinstance(reference.this, exp.Identifier)
        return all(each.alias.lower() != reference.name.lower() for each in common_tables(reference))

    def _place(self, reference: exp.Table) -> tuple[str | None, str]:
        return reference.db.lower() or self._database, reference.name.lower()

    def _name(self, reference: exp.Table) -> str | None:
        if not reference.db or not self._is_source(reference) or information_schema.is_of(reference):
            return None
        return f"{reference.db.lower()}.{reference.name.lower()}"

    def _table(self, reference: exp.Table) -> Any:
        if reference.catalog.lower() not in _CATALOGS:
            raise ConfigError(f"CATALOG_NOT_FOUND: Catalog '{reference.catalog}' does not exist: leave it out.")
        name = reference.name.lower()
        found = _of(self._tables, self._place(reference))
        if len(found) == 1:
            return found[0]
        there = ", ".join(sorted(f"{table['DatabaseName']}.{table['Name']}" for table in self._tables)) or "no table"
        if found:
            raise ConfigError(f"Several databases have a table {name}: name its database. The catalog has {there}.")
        said = f"{reference.db}.{name}" if reference.db else name
        raise ConfigError(f"TABLE_NOT_FOUND: Table '{said}' does not exist. The catalog has {there}.")


def _of(tables: list[Any], place: tuple[str | None, str]) -> list[Any]:
    """The tables or views of a name; without a database, those of all."""
    database, name = place
    return [
        each for each in tables if each["Name"].lower() == name and database in {None, each["DatabaseName"].lower()}
    ]


def _key(table: Any) -> str:
    return f"{table['DatabaseName'].lower()}.{table['Name'].lower()}"


def _keys(table: Any) -> set[str]:
    return {key["Name"].lower() for key in table.get("PartitionKeys", [])}


def _columns(table: Any) -> set[str] | None:
    """The names of a table's columns; None if it is not a table of the catalog."""
    if table is None:
        return None
    columns = [*table["StorageDescriptor"]["Columns"], *table.get("PartitionKeys", [])]
    return {column["Name"].lower() for column in columns}


def _with_only(view: exp.Expr, named: set[str] | None) -> exp.Expr:
    """A view without the columns that a statement doesn't name: DuckDB takes long to bind them. None is all."""
    for select in view.find_all(exp.Select):
        kept = [each for each in select.expressions if named is None or each.alias.lower() in named]
        select.set("expressions", kept or select.expressions[:1])
    return view


def _shown(name: str, at: int) -> str:
    return f"_col{at}" if name.startswith(UNNAMED) else name


def _zone(name: str) -> tzinfo:
    if name[:1] in {"+", "-"}:
        hours, minutes = int(name[1:3]), int(name[-2:])
        return timezone((1 if name[0] == "+" else -1) * timedelta(hours=hours, minutes=minutes))
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ConfigError(f"INVALID_FUNCTION_ARGUMENT: '{name}' is not a valid time zone.") from error
