"""What a table or a column that a query names, and that is not there, may mean."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from loglake.core.near_names import meant
from loglake.errors import ConfigError
from loglake_cli.errors import BAD_INPUT

_NOT_FOUND = re.compile(r"(COLUMN|TABLE)_NOT_FOUND: (?:line [\d:]+ )?(?:Column|Table) '(?:[^']*\.)?([^'.]+)'")
"""As Athena says it, and the queries of this machine."""


@contextmanager
def near_names(columns: Callable[[], Iterable[Sequence[Any]]]) -> Iterator[None]:
    """Adds near names to the error of a query about a name that is not there.

    Args:
        columns: gives the table and the name of each column; called only then.

    Raises:
        ConfigError: the query fails.
    """
    try:
        yield
    except BAD_INPUT as error:
        found = _NOT_FOUND.search(str(error))
        if found is None:
            raise
        near = meant(found[2], {str(each[found[1] == "COLUMN"]) for each in columns()})
        if not near:
            raise
        raise ConfigError(f"{error} D{near[1:]}") from error
