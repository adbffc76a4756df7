"""Splits the list of types in a nested type."""

from __future__ import annotations


def type_parts(text: str) -> list[str]:
    """Splits at the commas outside of brackets, as Hive, Athena and DuckDB write them."""
    parts, depth = [""], 0
    for letter in text:
        depth += (letter in "<(") - (letter in ">)")
        if letter == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return [part.strip() for part in parts]
