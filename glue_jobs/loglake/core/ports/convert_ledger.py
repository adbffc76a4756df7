"""All that converting needs of the ledger's table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loglake.core.ports.catalog import CrawlNotes
from loglake.core.ports.landing import LandedObjects
from loglake.core.ports.ledger import CompactionNotes, Ledger
from loglake.core.ports.schemas import SchemaRegistry

if TYPE_CHECKING:
    from typing_extensions import Protocol


else:
    from typing import Protocol


class ConvertLedger(Ledger, CompactionNotes, SchemaRegistry, LandedObjects, CrawlNotes, Protocol):
    """What converting needs of the ledger's table: rows, schemas, landed objects and notes."""
