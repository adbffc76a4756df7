"""Everything that converting needs from the ledger's table."""

from __future__ import annotations

from typing import Protocol

from loglake.core.ports.landing import LandedObjects
from loglake.core.ports.ledger import Ledger
from loglake.core.ports.schemas import SchemaRegistry
from loglake.core.ports.state_items import StateItems


class ConvertLedger(Ledger, SchemaRegistry, LandedObjects, StateItems, Protocol):
    """What converting needs from the ledger's table: rows, schemas, landed objects and notes."""
