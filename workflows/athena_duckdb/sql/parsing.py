"""Parses a statement in Athena's SQL, and keeps every function call as it was written.

sqlglot reads more than Athena. Anything that is not listed here is refused, so that it isn't run as something else.
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import Any, ClassVar

from sqlglot import exp
from sqlglot.dialects.trino import Trino
from sqlglot.errors import ParseError, TokenError
from sqlglot.parsers.trino import TrinoParser
from sqlglot.tokenizer_core import TokenType

from athena_duckdb.errors import ConfigError

_SYNTAX = ("CAST", "TRY_CAST", "EXTRACT", "POSITION", "SUBSTRING", "TRIM", "LISTAGG", "JSON_VALUE", "JSON_QUERY")
"""Functions with special syntax. All others are read as a name and arguments."""

_FIRST_WORDS = frozenset({"SELECT", "WITH", "VALUES", "TABLE", "("})
"""The keywords that begin a query."""

_NOT_ATHENAS = {
    TokenType.DCOLON: "::",
    TokenType.ILIKE: "ILIKE",
    TokenType.QUALIFY: "QUALIFY",
    TokenType.GLOB: "GLOB",
    TokenType.FARROW: "=>",
}
"""Tokens that sqlglot reads but Athena doesn't."""

_INSTEAD = {
    "::": "write CAST(value AS type)",
    "ILIKE": "compare lower(text) with LIKE",
    "QUALIFY": "filter in a query around this one",
}


class AthenaSql(Trino):
    """Trino's dialect, without sqlglot's own conversions of functions."""

    INDEX_OFFSET = 0  # indexes stay as written

    class Parser(TrinoParser):
        """Knows only functions with special syntax."""

        FUNCTIONS: ClassVar[dict[str, Any]] = {}
        FUNCTION_PARSERS: ClassVar[dict[str, Any]] = {name: TrinoParser.FUNCTION_PARSERS[name] for name in _SYNTAX}


def parsed(sql: str) -> exp.Expr:
    """Parses a text that holds exactly one statement.

    Raises:
        ConfigError: it is not a statement, has several, or has something that Athena doesn't know.
    """
    try:
        tokens = AthenaSql().tokenize(sql)
        _check_tokens(tokens, sql)
        statements = [each for each in AthenaSql().parser().parse(tokens, sql) if each is not None]
    except TokenError as error:
        raise ConfigError(f"SYNTAX_ERROR: the statement can't be read: {str(error).splitlines()[0]}") from error
    except ParseError as error:
        found = error.errors[0]
        what = found["description"].rstrip(".")
        what = (
            "something is missing" if "<class" in what else what.partition(" but got <")[0]
        )  # of sqlglot's own classes
        raise ConfigError(
            f"SYNTAX_ERROR: line {found['line']}:{found['col']}: {what}, at {found['highlight']!r}."
        ) from error
    except RecursionError as error:
        raise ConfigError("The statement is nested too deeply: write it with fewer levels.") from error
    if len(statements) != 1:
        raise ConfigError("Give one statement: SELECT, SHOW, DESCRIBE or EXPLAIN.")
    _check_nodes(statements[0])
    return statements[0]


def _check_tokens(tokens: list[Any], sql: str) -> None:
    if tokens and tokens[0].text.upper() not in _FIRST_WORDS:
        raise ConfigError(_not_a_query(sql, tokens[0].text))
    for token in tokens:
        if token.token_type in _NOT_ATHENAS:
            written = _NOT_ATHENAS[token.token_type]
            advice = f": {_INSTEAD[written]}" if written in _INSTEAD else ""
            raise ConfigError(f"SYNTAX_ERROR: line {token.line}:{token.col}: Athena has no {written}{advice}.")


_ALLOWED = frozenset(
    {
        *(
            exp.Select,
            exp.From,
            exp.Join,
            exp.Where,
            exp.Group,
            exp.Having,
            exp.Order,
            exp.Ordered,
            exp.Limit,
            exp.Offset,
        ),
        *(exp.Fetch, exp.With, exp.CTE, exp.TableAlias, exp.Subquery, exp.Union, exp.Intersect, exp.Except, exp.Values),
        *(exp.Tuple, exp.Table, exp.Identifier, exp.Column, exp.Alias, exp.Star, exp.Literal, exp.Boolean, exp.Null),
        *(exp.Neg, exp.Not, exp.And, exp.Or, exp.Paren, exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE),
        *(exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod, exp.DPipe, exp.Like, exp.Escape, exp.Is, exp.NullSafeEQ),
        *(exp.NullSafeNEQ, exp.Between, exp.In, exp.Exists, exp.Any, exp.All, exp.Case, exp.If, exp.Cast, exp.TryCast),
        *(exp.DataType, exp.DataTypeParam, exp.ColumnDef, exp.Interval, exp.IntervalSpan, exp.Var, exp.AtTimeZone),
        *(exp.Extract, exp.Anonymous, exp.Lambda, exp.Dot, exp.Bracket, exp.Array, exp.Filter, exp.Window),
        *(exp.WindowSpec, exp.IgnoreNulls, exp.RespectNulls, exp.Distinct, exp.Unnest, exp.Lateral, exp.GroupConcat),
        *(exp.Substring, exp.StrPosition, exp.Trim, exp.JSONValue, exp.JSONExtract, exp.HexString, exp.UnicodeString),
        *(exp.CurrentDate, exp.CurrentTimestamp, exp.Localtimestamp, exp.GroupingSets, exp.Cube, exp.Rollup),
        *(exp.TableSample, exp.ParseJSON, exp.LimitOptions),
    }
)

_WORDS: dict[type[exp.Expr], str] = {
    exp.Placeholder: "Parameters (?) are given in Athena's console or API; write the values into the statement.",
    exp.Parameter: "Parameters are given in Athena's console or API; write the values into the statement.",
    # https://docs.aws.amazon.com/athena/latest/ug/querying-iceberg-time-travel-and-version-travel-queries.html
    exp.Version: "NOT_SUPPORTED: Athena has FOR TIMESTAMP AS OF and FOR VERSION AS OF for Iceberg tables alone, and "
    "this table is none: leave it out.",
}

_READS = ("SELECT", "WITH", "VALUES", "TABLE", "SHOW", "DESCRIBE", "EXPLAIN")

_CHANGES = frozenset(
    {
        *("ALTER", "ANALYZE", "CALL", "CREATE", "DEALLOCATE", "DELETE", "DROP"),
        *("EXECUTE", "GRANT", "INSERT", "MERGE", "MSCK", "OPTIMIZE", "PREPARE"),
        *("REVOKE", "SET", "TRUNCATE", "UNLOAD", "UPDATE", "USE", "VACUUM"),
    }
)
"""First words of statements that Athena or Trino has and that do more than read."""


def _not_a_query(sql: str, word: str) -> str:
    """The error for a statement that is not a query; `word` is its first one."""
    if word.upper() not in {*_READS, *_CHANGES}:
        near = get_close_matches(word.upper(), _READS, n=1)
        meant = f"did you mean {near[0]}?" if near else "give a SELECT, SHOW, DESCRIBE or EXPLAIN statement."
        return f"SYNTAX_ERROR: no statement begins with {word!r}: {meant}"
    if re.match(r"\s*create\s.*\bas\s*\(?\s*(?:select|with|values)\b", sql, re.IGNORECASE | re.DOTALL):
        return "The tables are only read: no table or view is made of a query (CTAS). Select its rows."
    return "The tables are only read: give a SELECT, SHOW, DESCRIBE or EXPLAIN statement."


def _check_nodes(query: exp.Expr) -> None:
    """Raises ConfigError for the first part of a query that Athena lacks or that doesn't only read."""
    for node in query.walk():
        if type(node) not in _ALLOWED:
            said = f"SYNTAX_ERROR: Athena has no {node.key.upper()}, at {node.sql('trino')[:60]!r}."
            raise ConfigError(_WORDS.get(type(node), said))
        if isinstance(node, exp.Star) and any(node.args.values()):
            raise ConfigError("SYNTAX_ERROR: Athena's * takes neither EXCEPT nor REPLACE: name the columns.")
        if isinstance(node, exp.Group) and node.args.get("all") and not node.expressions:
            raise ConfigError("SYNTAX_ERROR: Athena has no GROUP BY ALL: name the columns, or their positions.")
        if isinstance(node, exp.Distinct) and node.args.get("on"):
            raise ConfigError("SYNTAX_ERROR: Athena has no DISTINCT ON: use row_number() in a query around this one.")
