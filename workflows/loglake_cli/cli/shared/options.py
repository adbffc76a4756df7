"""What commands on a deployment share: their options, and what follows from these without asking it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from loglake.errors import PermanentError
from loglake_cli.wording import counted

if TYPE_CHECKING:
    from loglake.pipelines.reconvert import RawCheck

TIME = "ISO 8601 in UTC, such as 2026-11-21 or 2026-11-21T08:30; or -7d, -12h, -30m, yesterday, today, now"

Timezone = Annotated[
    str,
    typer.Option(
        help="The zone of timestamps without one in log files, such as Europe/Berlin; by default UTC.", metavar="ZONE"
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Print what would happen, and change nothing.")]
LogGroup = Annotated[str, typer.Argument(help="A log group's name.", metavar="GROUP")]
Table = Annotated[str, typer.Argument(help="A table.", metavar="TABLE")]
LeaveMissing = Annotated[
    bool, typer.Option("--leave-missing", help="Go on if raw objects are gone; their windows stay as they are.")
]

NOTHING_CHANGED = "Dry run: nothing was changed."


def print_json(document: Any) -> None:
    """Prints the document of ``--json``, at once: some commands go on."""
    print(json.dumps(document, indent=2), flush=True)


def answer(document: Any, text: str, *, as_json: bool) -> None:
    """Prints what a command has to say: a document, or a text for a person."""
    if as_json:
        print_json(document)
    else:
        print(text, flush=True)


def absolute(path: Path | None) -> Path | None:
    """An absolute path, so that messages are clear in any folder."""
    return path.absolute() if path else None


def check_raw(windows: RawCheck, leave_missing: bool) -> None:
    """Says which windows can't be converted again, before anything is changed.

    Raises:
        PermanentError: there are some, and nobody said `--leave-missing`.
    """
    if not windows.gone or leave_missing:
        return
    lines = "".join(f"\n  {row.log_group} {row.window}: {missing} is gone" for row, missing in windows.gone)
    raise PermanentError(
        f"{counted(len(windows.gone), 'window')} can't be converted again, and nothing was changed:{lines}\n"
        "Export them again, or go on without them with --leave-missing: their files stay as they are."
    )
