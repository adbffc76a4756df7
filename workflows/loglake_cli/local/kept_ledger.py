"""The ledger of a kept run."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from athena_duckdb.catalog_file import read_kept
from gluelocal.kept.keep import LEDGER
from gluelocal.kept.restore import check_kept
from loglake.aws.ledger_rows import LedgerContents
from loglake.core.unreadable import entries, parse

_TAKEN = object()


def kept_contents(directory: Path) -> LedgerContents:
    """The kept ledger. The content of its items may still be damaged.

    Raises:
        NoCatalogError: the folder has no kept run.
        UnreadableItemError: an item isn't in DynamoDB's form.
    """
    check_kept(directory)
    contents = LedgerContents()

    def take(found: dict[str, Any]) -> Any:
        """Takes an item as soon as it is read, so that the items are never in memory all at once."""
        if {"pk", "sk"} <= found.keys():
            with suppress(ValueError, KeyError, TypeError, AttributeError, ArithmeticError):
                contents.add(found)
                return _TAKEN
        return found

    path = directory / LEDGER
    for table, items in read_kept(path, take).items():
        for number, item in enumerate(parse(f"{path}, {table}", partial(entries, items)), 1):
            if item is not _TAKEN:
                parse(f"{path}, {table}, item {number}", partial(contents.add, item))
    return contents
