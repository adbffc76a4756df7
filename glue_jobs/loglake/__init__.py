"""loglake: CloudWatch log exports and log files in, partitioned Parquet out.

    >>> import loglake
    >>> report = loglake.convert("app.log", "lake")
    >>> loglake.query("SELECT level, count(*) AS events FROM app_log GROUP BY 1 ORDER BY 1", "lake").table.to_pydict()
    {'level': ['ERROR', 'INFO'], 'events': [1, 2]}

These functions are in the wheel that people install, `loglake_cli.api`. This package alone ships to AWS Glue, and knows
nothing of them: the name below is looked up when somebody asks for a function (infra/decisions/0040).
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__all__ = ["Report", "Result", "convert", "query", "read", "tables"]


def __getattr__(name: str) -> Any:
    """A function of the API. `__init__.pyi` says its type."""
    if name not in __all__:
        raise AttributeError(f"module 'loglake' has no attribute {name!r}")
    try:
        return getattr(import_module("loglake_cli.api"), name)
    except ModuleNotFoundError as error:
        if error.name != "loglake_cli":
            raise
        raise AttributeError(f"loglake.{name} is in the wheel `loglake`, and not in the one for Glue") from None


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
