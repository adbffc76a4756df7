"""Converts date formats to DuckDB's: of Trino's date_format (MySQL's) and format_datetime (Joda's)."""

from __future__ import annotations

import re

from athena_duckdb.errors import ConfigError

_MYSQL = {
    **{"a": "%a", "b": "%b", "c": "%-m", "d": "%d", "e": "%-d", "f": "%f", "H": "%H", "h": "%I", "I": "%I", "i": "%M"},
    **{"j": "%j", "k": "%-H", "l": "%-I", "M": "%B", "m": "%m", "p": "%p", "r": "%I:%M:%S %p", "S": "%S", "s": "%S"},
    **{"T": "%H:%M:%S", "v": "%V", "W": "%A", "x": "%G", "Y": "%Y", "y": "%y", "%": "%%"},
}
"""Trino documentation, Date and time functions, MySQL date functions."""

_MYSQL_NOT = frozenset("DUuVwX")
"""Trino refuses these too: "not currently supported"."""

_JODA = {
    **{
        "yyyy": "%Y",
        "yy": "%y",
        "y": "%Y",
        "YYYY": "%Y",
        "xxxx": "%G",
        "MMMM": "%B",
        "MMM": "%b",
        "MM": "%m",
        "M": "%-m",
    },
    **{"dd": "%d", "d": "%-d", "HH": "%H", "H": "%-H", "hh": "%I", "h": "%-I", "mm": "%M", "m": "%-M", "ss": "%S"},
    **{"s": "%-S", "SSS": "%g", "SSSSSS": "%f", "a": "%p", "EEEE": "%A", "EEE": "%a", "EE": "%a", "E": "%a"},
    **{"DDD": "%j", "D": "%-j", "ww": "%V", "e": "%u", "Z": "%z", "ZZ": "%z"},
}
"""Joda-Time's DateTimeFormat, which Trino's documentation names."""

_JODA_PARTS = re.compile(r"'((?:[^']|'')*)(?:'|$)|(([A-Za-z])\3*)|([^A-Za-z']+)")
"""A quote that nothing closes quotes the rest, as in the formats that AWS publishes."""


def from_mysql(text: str, function: str) -> str:
    """DuckDB's format for a format of date_format or date_parse. Raises ConfigError if Trino refuses it."""

    def part(found: re.Match[str]) -> str:
        letter = found[1]
        if letter in _MYSQL_NOT:
            raise ConfigError(f"{function} does not support %{letter} in its format, as in Athena.")
        return _MYSQL.get(letter, letter.replace("%", "%%"))

    return re.sub(r"%(.)", part, text, flags=re.DOTALL)


def from_joda(text: str, function: str) -> str:
    """DuckDB's format for a format of format_datetime or parse_datetime. Raises ConfigError if there is none."""
    parts = []
    for found in _JODA_PARTS.finditer(text):
        quoted, letters, _, other = found.groups()
        if quoted is not None:
            parts.append((quoted.replace("''", "'") or "'").replace("%", "%%"))
        elif other is not None:
            parts.append(other.replace("%", "%%"))
        elif letters in _JODA:
            parts.append(_JODA[letters])
        else:
            raise ConfigError(f"{function} can't be given here with {letters!r} in its format.")
    return "".join(parts)
