"""What is known of the objects that were landed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from loglake.core.landing.objects import LandedObject


class LandedObjects(Protocol):
    """What the ledger knows of landed objects. Reads are consistent."""

    def landed_objects(self) -> Iterator[LandedObject]:
        """All of them, in the order of their keys (UTF-8), a page at a time.

        One is UNREADABLE if what is known of it can't be read.
        """

    def put_landed_object(self, known: LandedObject) -> None:
        """Writes what is known of an object, replacing the old item: every scan finds the same."""
