"""What an answer claims to be complete, by what it says that it lacks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from support.truth.oracle import Hour, instant


def claims(missing: Mapping[str, Any], hour: Hour, *, known: bool) -> bool:
    """Whether an answer claims to have all events of an hour.

    Args:
        missing: what it says that it lacks, as JSON.
        hour: the hour of a log group.
        known: the ledger has a window of the log group. Else only an answer that lacks nothing at all claims that.
    """
    if not known:
        return missing["complete"] is True
    return not any(
        said.get("log_group", hour.log_group) == hour.log_group
        and (instant(said.get("from")) or 0) < hour.to_ms
        and (instant(said.get("to")) or hour.to_ms) > hour.from_ms
        for said in missing["lacks"]
        if said["why"] not in {"quarantined", "rescued"}
    )
