"""Parses a statement in Athena's SQL, and keeps every function call as it was written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from sqlglot.dialects.trino import Trino
from sqlglot.errors import ParseError, TokenError
from sqlglot.parsers.trino import TrinoParser
from sqlglot.tokenizer_core import TokenType

from athena_duckdb.errors import ConfigError
from athena_duckdb.sql import allowed_nodes

if TYPE_CHECKING:
    from sqlglot import exp

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
        _check(tokens, sql)
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
    allowed_nodes.check(statements[0])
    return statements[0]


def _check(tokens: list[Any], sql: str) -> None:
    if tokens and tokens[0].text.upper() not in _FIRST_WORDS:
        raise ConfigError(allowed_nodes.not_a_query(sql, tokens[0].text))
    for token in tokens:
        if token.token_type in _NOT_ATHENAS:
            written = _NOT_ATHENAS[token.token_type]
            advice = f": {_INSTEAD[written]}" if written in _INSTEAD else ""
            raise ConfigError(f"SYNTAX_ERROR: line {token.line}:{token.col}: Athena has no {written}{advice}.")
