"""A verification as text and as JSON."""

from __future__ import annotations

from collections import defaultdict
from typing import Any, Callable

from loglake_cli.operations.verify.check import Verification
from loglake_cli.operations.verify.damage import Damage, Repair
from loglake_cli.wording import counted

SHOWN = 20
"""How many damages per command are printed; `--json` has all."""


def lines(found: Verification, fix: Callable[[Damage], str]) -> list[str]:
    """The text: what is wrong, below the command that repairs it, and a summary line."""
    by_fix: dict[str, list[Damage]] = defaultdict(list)
    for damage in sorted(found.damage, key=lambda each: list(Repair).index(each.kind.repair)):
        by_fix[fix(damage)].append(damage)
    told = []
    for how, mine in by_fix.items():
        told.append(f"To repair this: {how}")
        told += [f"  {damage.key} {damage.what}" for damage in mine[:SHOWN]]
        told += [f"  ... and {len(mine) - SHOWN:,} more; --json has all"] if len(mine) > SHOWN else []
    return [*told, summary(found)]


def summary(found: Verification) -> str:
    """What was checked, how, and how much is wrong, in one line."""
    how = "every byte" if found.deep else "sizes and row counts"
    windows = f"{counted(found.windows, 'window')}, " if found.windows else ""
    looked = f"{windows}{counted(found.files, 'file')}, {found.size_bytes:,} bytes: {how}"
    older = ""
    if found.deep and found.undigested:
        one = found.undigested == 1
        older = f" {counted(found.undigested, 'file')} {'has' if one else 'have'} no checksum, since an older version "
        older += f"wrote {'it' if one else 'them'}: {'it was' if one else 'they were'} decoded instead."
    wrong = counted(len(found.damage), "thing") + (" is" if len(found.damage) == 1 else " are")
    verdict = f"{wrong} not as it should be." if found.damage else "All is as it should be."
    return f"Looked at {looked}. {verdict}{older}"


def document(found: Verification, fix: Callable[[Damage], str]) -> dict[str, Any]:
    """The verification as one JSON-ready document."""
    return {
        "deep": found.deep,
        "windows": found.windows,
        "files": found.files,
        "bytes": found.size_bytes,
        "without_checksum": found.undigested,
        "damage": [{**damage.to_json(), "fix": fix(damage)} for damage in found.damage],
    }
