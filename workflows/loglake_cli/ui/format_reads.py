"""How each table's events were read: by which formats, and whether configured formats read theirs."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from loglake.core.accounting import Accounting
from loglake.core.format_share import MIN_READ_RATIO, FormatShares, in_words, with_examples
from loglake.core.schema.datasets import Datasets
from loglake_cli.operations.standing.status import Status


@dataclass
class FormatReads:
    """The events of one table.

    Attributes:
        read_as: events by the format that read them; ``text`` counts the ones that no other format read.
        unread: a sentence for each log group with a configured format that read too few events, with examples if a job
            noted some.
    """

    read_as: Counter[str] = field(default_factory=Counter)
    unread: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """``json 1,200, plain text 3``; empty if not counted."""
        return in_words(self.read_as)


def format_reads(status: Status, datasets: Datasets) -> dict[str, FormatReads]:
    """The ledger's data for each table that gets windows."""
    found: dict[str, FormatReads] = defaultdict(FormatReads)
    shares: dict[str, FormatShares] = defaultdict(FormatShares)
    for group in status.groups:
        found[group.table].read_as.update(group.read_as)
        if dataset := datasets.find(group.log_group):
            shares[group.table].add(group.table, group.log_group, dataset.format, Accounting(read_as=group.read_as), ())
    remarks = [said for run in status.runs for said in run.remarks]
    for table, share in shares.items():
        found[table].unread = tuple(with_examples(said, remarks) for said in share.below(MIN_READ_RATIO))
    return dict(found)
