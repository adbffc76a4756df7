"""The tables that `loglake convert` wrote."""

from __future__ import annotations

from loglake.core.ports.objects import ObjectStore
from loglake.core.schema.schema import TableSchema
from loglake.pipelines.folder_convert.schemas import StoredSchemas
from loglake_cli.wording import no_table

UNKNOWN = (
    "Without a ledger it is not known which logs are missing or late, nor what failed: the same `loglake convert` once "
    "more says what of its INPUT is not in the table."
)
"""What no command can say of such a lake."""


def table_names(store: ObjectStore) -> list[str]:
    """The tables of an output, in order."""
    return sorted({item.key.split("/")[1] for item in store.list("_converted/")})


def known_table(store: ObjectStore, table: str) -> str:
    """The name of a table.

    Raises:
        ConfigError: the output has no such table.
    """
    names = table_names(store)
    if table not in names:
        raise no_table(table, names)
    return table


def schemas_of(store: ObjectStore, table: str) -> list[TableSchema]:
    """All versions of a table's schema, the oldest first.

    Raises:
        ConfigError: the output has no such table.
    """
    return StoredSchemas(store).history(known_table(store, table))
