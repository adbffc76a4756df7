"""Compares the output of `loglake convert` with its journal."""

from __future__ import annotations

from loglake.core.ports.objects import ObjectStore
from loglake_cli.errors import BAD_INPUT
from loglake_cli.operations.lakes.converted import known_table, table_names
from loglake_cli.operations.verify.check import Verification
from loglake_cli.operations.verify.content import OnPart, check_contents, nobody
from loglake_cli.operations.verify.damage import Damage, Kind
from loglake_cli.operations.verify.files import NamedFile
from loglake_cli.operations.verify.journals import JOURNALS, compared

_SAME = "run the same `loglake convert INPUT OUTPUT` again"


def verify_folder(
    output: ObjectStore, table: str = "", *, deep: bool = False, on_part: OnPart = nobody
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
