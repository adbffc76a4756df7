"""The parts of a bundle: several processes make its rows, while one reads its events.

The batches of events go to the parts by turns. The rows of a batch depend on nothing before it, and a batch on nothing
but the objects' bytes. So the parts together have the rows that one process makes, and again the same for the same
number of parts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Callable, Protocol

from loglake.core.schema.bundle import Bundle
from loglake.core.schema.conversion import BundleResult, TablePlan
from loglake.kernels.bundle_rows import BundleRows
from loglake.kernels.readers.events import Origin
from loglake.kernels.readers.raw_objects import Origins
from loglake.kernels.work_folder import work_folder

if TYPE_CHECKING:
    import pyarrow as pa

    from loglake.core.ports.objects import ObjectStore


class Part(Protocol):
    """What takes events of a bundle and makes rows of them."""

    def add(self, events: pa.RecordBatch, fields: tuple[str, ...]) -> None:
        """Takes a batch; see `BundleRows.add`."""

    def end(self) -> None:
        """No more batches come. Asked of all parts before the first `result`."""

    def result(self) -> BundleResult:
        """Stages the files. Returns them, and the counts of what became of the events."""


OpenParts = Callable[[Bundle, TablePlan, Origins], Sequence[Part]]
"""Begins the parts of a bundle. `Origins` has those of all events that the parts get."""


@dataclass(frozen=True)
class SelectedEvents:
    """A batch of events that become rows, as it is sent to another process.

    Attributes:
        events: columns of `EVENTS`, and ``origin``.
        fields: see `BundleRows.add`.
        origins: the origins that the receiver does not know yet; their numbers follow those that it knows.
    """

    events: pa.RecordBatch
    fields: tuple[str, ...]
    origins: tuple[Origin, ...]


def write_part(
    bundle: Bundle, plan: TablePlan, part: int, batches: Iterable[SelectedEvents], lake: ObjectStore
) -> BundleResult:
    """Writes one part of a bundle. Nothing is staged before the last batch was read. See `BundleRows`."""
    with work_folder(None) as folder:
        origins = Origins(bundle.account)
        rows = BundleRows(bundle, plan, origins, lake, folder, part=part)
        for batch in batches:
            origins.known.extend(batch.origins)
            rows.add(batch.events, batch.fields)
        return rows.result()
