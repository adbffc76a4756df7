"""Tells which processes are alive."""

from __future__ import annotations

from pathlib import Path


def processes(variable: str) -> list[str]:
    """Names of the live processes that have a variable in their environment, which children inherit."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and variable.encode() in (entry / "environ").read_bytes().split(b"\0"):
                found.append((entry / "comm").read_text().strip())
        except OSError:
            continue  # it ended meanwhile
    return found
