"""Compares the output of `loglake convert` with the journals of its tables."""

from __future__ import annotations

from collections.abc import Iterator

from loglake.core.ports.objects import ObjectStore
from loglake.core.schema.conversion import StagedFile
from loglake.pipelines.folder_convert.journal import TableJournal, TableRecord
from loglake_cli.errors import BAD_INPUT
from loglake_cli.operations.lakes.converted import known_table, table_names
from loglake_cli.operations.verify.check import Verification
from loglake_cli.operations.verify.content import OnPart, check_contents
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


_SAME = "run the same `loglake convert INPUT OUTPUT` again"


def verify_folder(
    output: ObjectStore, table: str = "", *, deep: bool = False, on_part: OnPart = lambda done, of: None
) -> Verification:
    """Checks a table of an output, or all; changes nothing.

    Raises:
        ConfigError: the output has no such table.
    """
    tables = [known_table(output, table)] if table else table_names(output)
    found = [each for name in tables for each in _look(output, name)]
    damage = [each for each in found if isinstance(each, Damage)]
    present = [each for each in found if isinstance(each, NamedFile)]
    damage += check_contents(present, output, deep=deep, on_part=on_part)
    return Verification(
        tuple(sorted(damage, key=lambda each: (each.key, each.kind.label))),
        windows=0,
        files=len(present),
        size_bytes=sum(file.size_bytes for file in present),
        undigested=sum(not file.sha256 for file in present),
        deep=deep,
    )


def folder_fix(damage: Damage) -> str:
    """The remedy for such an output: the same command again, once the damaged file is out of its way."""
    if damage.kind in {Kind.FILE_GONE, Kind.FILE_SIZE}:
        return _SAME
    if damage.kind is Kind.FILE_UNNAMED:
        return "delete it"
    if damage.kind is Kind.DECISION_GONE:
        return f"bring it back, or delete the folder of the table and its journal, and {_SAME}"
    return damage.what if damage.kind is Kind.ITEM_UNREADABLE else f"delete it, and {_SAME}"


def _look(output: ObjectStore, table: str) -> list[Damage | NamedFile]:
    try:
        return compared(output, table)[1]
    except BAD_INPUT as error:
        return [Damage(Kind.ITEM_UNREADABLE, f"{JOURNALS}{table}/", f"can't be read: {error}", table)]
