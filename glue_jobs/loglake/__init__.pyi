"""The types of the API, for mypy and editors. See `__init__.py`."""

from loglake_cli.api import Report as Report
from loglake_cli.api import Result as Result
from loglake_cli.api import convert as convert
from loglake_cli.api import query as query
from loglake_cli.api import read as read
from loglake_cli.api import tables as tables

__all__ = ["Report", "Result", "convert", "query", "read", "tables"]
