"""Words that every part of the command line prints."""

from __future__ import annotations


def counted(number: int, what: str, many: str = "") -> str:
    """``1 window``, ``1,000 windows``; `many` where an s does not make it."""
    return f"{number:,} {what if number == 1 else many or what + 's'}"
