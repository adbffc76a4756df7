"""Rewrites DuckDB's errors about a translated statement in terms of Athena's SQL."""

from __future__ import annotations

import re
from collections.abc import Callable

from athena_duckdb.query.hive_checks import as_athena_says
from athena_duckdb.split_list import split_list
from athena_duckdb.sql.data_types import athena_type
from athena_duckdb.sql.macros import PREFIX, macros


def sentence(error: str) -> str:
    """A sentence about the error, without the names of DuckDB's functions and of our macros."""
    for pattern, words in _SENTENCES:
        found = re.search(pattern, error, re.DOTALL)
        if found:
            return words(found)
    first = re.split(r"\n\nLINE |\n\tCandidate|\nDid you mean| Use TRY\(|\. Use SET ", as_athena_says(error))[0]
    return re.sub(rf"\b{PREFIX}(\w+)", r"\1", first).strip()


def _own(found: re.Match[str]) -> str:
    words = found[1]
    return words if re.match(r"[A-Z_]+: ", words) else f"INVALID_FUNCTION_ARGUMENT: {words}"


def _no_function(found: re.Match[str]) -> str:
    kinds = ", ".join(_kind(each) for each in split_list(found[2]) if each)
    return f"TYPE_MISMATCH: {_called(found[1])} can't take values of the types ({kinds}): cast them."


_SENTENCES: tuple[tuple[str, Callable[[re.Match[str]], str]], ...] = (
    (r"loglake: (.*?)(?:' to [A-Z]\w*|\", expected format)", _own),
    ("^Parser Error: ([^\n]*)", lambda found: f"SYNTAX_ERROR: {found[1].strip().rstrip('.')}."),
    ("Division by zero|division by zero", lambda _found: "DIVISION_BY_ZERO: Division by zero."),
    (r"No function matches the given name and argument types '\"?(.+?)\"?\((.*?)\)'\.", _no_function),
    (r"Could not choose a best candidate function for the function call \"(.+?)\((.*?)\)\"", _no_function),
    (
        rf"Macro \"?{PREFIX}(\w+)\"?\(\) (?:has multiple overloads|does not)",
        lambda found: f"TYPE_MISMATCH: {_called(PREFIX + found[1])} can't take values of these types: cast them.",
    ),
    (
        r"Referenced (?:column|table) \"(.+?)\" not found",
        lambda found: f"COLUMN_NOT_FOUND: Column '{found[1]}' cannot be resolved.",
    ),
    (
        r"column \"(.*?)\" must appear in the GROUP BY clause",
        lambda found: (
            f"EXPRESSION_NOT_AGGREGATE: '{found[1]}' must be an aggregate expression or appear in GROUP BY clause."
        ),
    ),
    (
        r"invalid perl operator: (.*)",
        lambda found: (
            f"A regular expression can't have {found[1].strip()} here: it is read without look-around, as by RE2."
        ),
    ),
    (
        r"Unknown TimeZone '(.*?)'",
        lambda found: f"INVALID_FUNCTION_ARGUMENT: '{found[1]}' is not a valid time zone.",
    ),
    (
        r"Cannot compare values of type (.+?) and type (.+?) - ",
        lambda found: f"TYPE_MISMATCH: {_kind(found[1])} can't be compared with {_kind(found[2])}: cast one of them.",
    ),
)
"""Patterns of DuckDB's messages, and the function that makes our message of each."""


def _called(name: str) -> str:
    """The Athena function for one of DuckDB's or a macro; an operator stays as it is."""
    if not name[:1].isalpha():
        return f"The operator {name}"
    plain = name.removeprefix(PREFIX)
    if PREFIX + plain in macros():
        return plain
    users = sorted(
        macro.removeprefix(PREFIX) for macro, made in macros().items() if re.search(rf"\b{re.escape(plain)}\(", made)
    )
    return f"a function such as {users[0]}" if users else "a function"


def _kind(duckdb: str) -> str:
    return athena_type(duckdb.strip().replace("STRING_LITERAL", "VARCHAR").replace("INTEGER_LITERAL", "INTEGER"))
