"""What Spark does: plan, distribute and retry the kernels, and give DataFrames to notebooks, as `read_logs` does."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from loglake.spark.logs import read_logs as read_logs


def __getattr__(name: str) -> object:
    """`read_logs` is here for those who use it; jobs, which don't, need not wait for what it imports."""
    if name != "read_logs":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from loglake.spark.logs import read_logs as found  # noqa: PLC0415

    return found
