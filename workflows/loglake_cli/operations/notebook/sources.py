"""What a notebook's tables are read from: a kept run, or a stack that is up."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from athena_duckdb.catalog_file import CATALOG
from athena_duckdb.errors import NoCatalogError
from gluelocal.athena.table_copies import Clients, TableCopies
from loglake.core.temporary import TemporaryFolder
from loglake.errors import ConfigError
from loglake_cli.errors import in_words


class Source(Protocol):
    """Where tables are."""

    def refresh(self) -> object:
        """Makes `directory` have what there is now. The answer is another one once that has changed.

        Raises:
            ConfigError: there is nothing to read.
        """

    @property
    def directory(self) -> Path:
        """The folder with the catalog, and a folder for each bucket."""

    @property
    def name(self) -> str:
        """What it is, for a person."""


@dataclass(frozen=True)
class KeptRun:
    """What a local run kept; a later run that is kept in the same folder replaces it."""

    directory: Path

    @property
    def name(self) -> str:
        """With its folder."""
        return f"the run kept in {self.directory}"

    def refresh(self) -> object:
        """Copies nothing."""
        try:
            found = (self.directory / CATALOG).stat()
        except OSError as error:
            missing = NoCatalogError(f"{self.directory.absolute()} has no kept run")
            raise ConfigError(in_words(missing)) from error
        return found.st_ino, found.st_mtime_ns


class RunningStack:
    """A stack that `loglake local up` keeps up. Spark has no way into its buckets, so the tables' files are copied.

    Args:
        clients: of the stack.
        endpoint: its address.
    """

    def __init__(self, clients: Clients, endpoint: str) -> None:
        self._folder = TemporaryFolder("notebook")  # gone with this process
        self._copies = TableCopies(clients, self.directory)
        self.name = f"the stack at {endpoint}"

    @property
    def directory(self) -> Path:
        """The folder of the copies."""
        return Path(self._folder.name)

    def refresh(self) -> object:
        """Copies what is new."""
        self._copies.refresh()
        return self._copies.changes
