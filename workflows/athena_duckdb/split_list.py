"""Splits lists at commas: the types in a nested type, and the variants and parameters of a macro."""

from __future__ import annotations


def split_list(text: str, brackets: str = "<>()", quote: str = "") -> list[str]:
    """Splits at the commas outside of brackets, such as those of types as Hive, Athena and DuckDB write them.

    Args:
        text: the list.
        brackets: each opening one before its closing one.
        quote: the letter around texts; empty if there are none.
    """
    parts, depth, in_text = [""], 0, False
    for letter in text:
        in_text ^= letter == quote
        if not in_text:
            depth += (letter in brackets[::2]) - (letter in brackets[1::2])
        if letter == "," and depth == 0 and not in_text:
            parts.append("")
        else:
            parts[-1] += letter
    return [part.strip() for part in parts]
