"""What is known of the objects that were landed."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from typing_extensions import Protocol

    from loglake.core.landing.objects import LandedObject
    from loglake.core.landing.settling import LandedDays
    from loglake.core.units import LogGroupName
else:
    from typing import Protocol


class LandedObjects(Protocol):
    """What is known of the objects that were landed. Reads are consistent."""

    def landed_objects(self) -> Iterator[LandedObject]:
        """All of them, in the order of their keys (UTF-8), a page at a time."""
        ...

    def put_landed_object(self, known: LandedObject) -> None:
        """Writes what is known of an object, replacing what is there: whoever surveys it finds the same."""
        ...

    def landed_days(self) -> dict[LogGroupName, LandedDays]:
        """The days that have still to settle, by log group in the order of their names."""
        ...

    def landed_days_of(self, log_group: LogGroupName) -> LandedDays:
        """The days of one log group that have still to settle; version 0, without days, where none were noted yet."""
        ...

    def note_landed_days(self, note: LandedDays) -> bool:
        """Writes a note over its version before (``note.version - 1``); False where the stored one is another."""
        ...
