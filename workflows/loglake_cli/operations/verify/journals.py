"""Compares the output of `loglake convert` with the journals of its tables."""

from __future__ import annotations

from collections.abc import Iterator

from loglake.core.ports.objects import ObjectStore
from loglake.core.schema.conversion import StagedFile
from loglake.pipelines.folder_convert.journal import TableJournal, TableRecord
from loglake_cli.operations.verify.damage import Damage, Kind
from loglake_cli.operations.verify.files import NamedFile
from loglake_cli.wording import counted

JOURNALS = "_converted/"


def compared(output: ObjectStore, table: str) -> tuple[TableRecord, list[Damage | NamedFile]]:
    """A table's journal, and the files that are there: each as it was written, or a damage. No file is read.

    Raises:
        ConfigError: an entry of the journal is damaged.
    """
    journal = TableJournal(output, table)
    record = journal.read()
    found = list[Damage | NamedFile](_lost_entries(output, table, record))
    sizes, staged = journal.sizes(), {item.key for item in output.list(journal.staging)}
    named = {each.final_key: each for bundle in record.bundles.values() for each in bundle.files}
    newest = record.newest
    # A run was killed after its commit: the next one completes it.
    due = {each.staged_key for bundle in newest.bundles for each in bundle.files} & staged if newest else set()
    for key, each in named.items():
        found += _file(each, sizes.get(key), table, is_due=each.staged_key in due)
    leaving = set(newest.removes) if newest and due else set()
    unnamed = sorted(sizes.keys() - named.keys() - leaving)
    found += [Damage(Kind.FILE_UNNAMED, key, "is named by no entry of the journal", table) for key in unnamed]
    return record, found


def _file(each: StagedFile, size: int | None, table: str, *, is_due: bool) -> Iterator[Damage | NamedFile]:
    if size is None and not is_due:
        lost = counted(each.rows, "row") if each.partition else counted(each.rows, "entry", "entries")
        yield Damage(Kind.FILE_GONE, each.final_key, f"is gone: {lost}", table)
    elif size is not None and size != each.size_bytes:
        yield Damage(
            Kind.FILE_SIZE, each.final_key, f"has {size:,} bytes, and the journal says {each.size_bytes:,}", table
        )
    elif size is not None:
        yield NamedFile(each.final_key, size, each.rows, each.sha256, table, ())


def _lost_entries(output: ObjectStore, table: str, record: TableRecord) -> Iterator[Damage]:
    """Entries are numbered without gaps, so a missing one shows, except the last."""
    there = {item.key for item in output.list(f"{JOURNALS}{table}/")}
    for number in range(1, record.entries):
        key = f"{JOURNALS}{table}/{number:06d}.json"
        if key not in there:
            yield Damage(Kind.DECISION_GONE, key, "is gone: it may name files of the table", table)
