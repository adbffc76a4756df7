"""``loglake formats``: lists log formats, describes one, and tries one on a file."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer
from rich.text import Text

from loglake.core.format_share import MIN_READ_RATIO, in_words
from loglake.core.schema.dataset_checks import key_of
from loglake.errors import ConfigError
from loglake_cli.cli.shared import output
from loglake_cli.cli.shared.options import Json, Timezone, answer, print_json
from loglake_cli.cli.shared.verbs import Verb, Verbs
from loglake_cli.operations.tables.terminal_tables import print_pairs, print_table
from loglake_cli.wording import counted

if TYPE_CHECKING:
    from rich.console import Console

    from loglake_cli.operations.formats.described import Described
    from loglake_cli.operations.formats.trying import Tried

_EXAMPLE_CHARACTERS = (20, 60)
"""At least and at most; in between, what the terminal has room for beside the other columns."""

_UNREAD_CHARACTERS = 200

_MADE_BY = {".toml": "toml", ".json": "lnav"}
"""The format that a file defines, by how its name ends."""

formats = typer.Typer(
    cls=Verbs, no_args_is_help=True, help="List log formats, describe one, or try one on a log file of yours."
)


@formats.command("list", cls=Verb)
def list_formats(*, as_json: Json = False) -> None:
    """List all formats in the order of detection, then those that a dataset defines.

    Exit status: 0 they are listed.
    """
    from loglake_cli.operations.formats.described import all_formats  # noqa: PLC0415  (all formats)

    found = all_formats()
    if as_json:
        print_json({"formats": [{"name": each.name, "title": each.title} for each in found]})
    else:
        print_table(("format", "what it is"), [(each.name, each.title) for each in found], output.console())


@formats.command("show", cls=Verb)
def show(
    name: Annotated[str, typer.Argument(help="A format, or a pattern of the Grok library.", metavar="NAME")],
    *,
    as_json: Json = False,
) -> None:
    """Describe a format: how it is recognised, its columns, its definition; or a pattern of the Grok library.

    Exit status: 0 it is shown, 2 there is none of that name.
    """
    from loglake_cli.operations.formats.described import describe  # noqa: PLC0415  (all formats)

    found = describe(name)
    if as_json:
        print_json(asdict(found))
    else:
        _print_described(found, output.console())


@formats.command("export", cls=Verb)
def export(
    name: Annotated[str, typer.Argument(help="A format that has a definition in TOML.", metavar="NAME")],
    *,
    as_json: Json = False,
) -> None:
    """Print the definition of a format, to start one of your own from.

    Exit status: 0 it is printed, 2 there is none of that name.
    """
    from loglake_cli.operations.formats.described import definition  # noqa: PLC0415  (all formats)

    found = definition(name)
    answer({"name": name, "definition": found}, found.rstrip("\n"), as_json=as_json)


@formats.command("try", cls=Verb)
def try_format(
    file: Annotated[Path, typer.Argument(help="A log file, also in gzip, zstd or bzip2.", metavar="FILE")],
    *,
    format_name: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(
            "--format",
            help="A format's name, or a file such as my.toml or, for lnav, my.json; by default the log decides.",
            metavar="NAME",
        ),
    ] = None,
    pattern: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(
            help="For regex and grok: the pattern, in single quotes; for nginx, apache and log4j: the layout.",
            metavar="PATTERN",
        ),
    ] = None,
    multi_line_start_pattern: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(
            help="What the first line of each event has, in a file of events over several lines.", metavar="RE2"
        ),
    ] = None,
    datasets: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(help="A datasets file that says the format, instead.", metavar="FILE"),
    ] = None,
    log_group: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option("--log-group", help="Whose entry of it.", metavar="NAME"),
    ] = None,
    timezone: Timezone = "",
    limit: Annotated[int, typer.Option(min=0, help="How many unread events are shown.", metavar="NUMBER")] = 5,
    redact: Annotated[
        bool,
        typer.Option(
            "--redact",
            help="Show what `redact` would hide instead: by --datasets, else by all built-in patterns.",
        ),
    ] = False,
    as_json: Json = False,
) -> None:
    """Show what a format makes of a log file: which events match, which don't, and the columns with their types.

    Nothing is written. What more a dataset can say of its format is tried with --datasets.

    Exit status: 0 at least half of the events are read, 1 fewer are, 2 bad usage or a wrong definition.
    """
    if redact:
        _try_redaction(file, datasets, log_group, limit, as_json=as_json)
        return
    from loglake_cli.operations.formats.trying import run  # noqa: PLC0415  (all formats)

    given = {
        "--format": format_name,
        "--pattern": pattern,
        "--multi-line-start-pattern": multi_line_start_pattern,
    }
    if datasets and any(given.values()):
        raise ConfigError(f"--datasets says the format: leave out {next(name for name in given if given[name])}.")
    made_by = _MADE_BY.get(Path(format_name or "").suffix)
    entry = {"format": made_by, "file": format_name} if made_by else {"format": format_name}
    entry |= {key_of(format_name or ""): pattern, "multi_line_start_pattern": multi_line_start_pattern}
    entry = {key: value for key, value in entry.items() if value}
    tried = run(file, entry, datasets=datasets, log_group=log_group, timezone=timezone, shown=limit)
    if as_json:
        print_json({"file": str(file), **asdict(tried), "share": round(tried.share, 4)})
    else:
        _print_tried(tried, str(file), output.console())
    raise typer.Exit(0 if tried.share >= MIN_READ_RATIO else 1)


def _try_redaction(file: Path, datasets: Path | None, log_group: str | None, limit: int, *, as_json: bool) -> None:
    """Prints how many values there are, and the first events without them; no value."""
    from loglake_cli.operations.formats.redaction import run  # noqa: PLC0415  (all formats)

    found = run(file, datasets=datasets, log_group=log_group, shown=limit)
    lines = [
        f"{file}: {counted(found.events, 'event')}, {found.changed:,} with something to hide.",
        f"Values: {in_words(found.values) or 'none'}.",
        *found.limits,
        *(f"line {each.line:,}: {each.text}" for each in found.examples),
    ]
    answer({"file": str(file), **asdict(found)}, "\n".join(lines), as_json=as_json)


def _print_tried(tried: Tried, file: str, out: Console) -> None:
    most = "" if tried.is_whole else " (the first 64 MB)"
    read = f"{counted(tried.events, 'event')}, {tried.share:.1%} read: {in_words(tried.read_as)}."
    out.print(f"{file}{most}: {read}", soft_wrap=True)
    for why in tried.left_out:
        out.print(Text(why), soft_wrap=True)
    if tried.undecoded:
        out.print(f"{counted(tried.undecoded, 'stretch', 'stretches')} of it can't be decoded.")
    if tried.rescued:
        out.print(f"{counted(tried.rescued, 'value')} did not fit the type of the column: see _rescued.")
    if tried.unread:
        out.print("\nPlain text, since no format reads it:")
        print_pairs([(f"line {each.line:,}", each.text[:_UNREAD_CHARACTERS]) for each in tried.unread], out)
    out.print()
    names = ("column", "type", "events", "example")
    said = [(each.name, each.type, f"{each.filled:,}") for each in tried.columns]
    beside = sum(max(len(row[at]) for row in [names, *said]) + 2 for at in range(3))
    fewest, longest = _EXAMPLE_CHARACTERS
    room = max(fewest, min(longest, out.width - beside))
    examples = [" ".join(each.example.split())[:room] for each in tried.columns]
    rows = [(*row, example) for row, example in zip(said, examples, strict=True)]
    print_table(names, rows, out, right={"events"}, spare=("example",))
    if tried.keeps:
        out.print("\nTo keep it, put this into datasets.yaml, with the name of your log group:\n")
        out.print(Text(tried.keeps.rstrip("\n")), soft_wrap=True)


def _print_described(found: Described, out: Console) -> None:
    out.print(Text.assemble((found.name, "bold"), f"  {found.title}"), soft_wrap=True)
    said = [
        ("described at", found.source),
        ("recognised by", found.detection),
        ("level", found.level),
        ("columns", ", ".join(f"{name} {kind}" for name, kind in found.columns.items())),
        ("more" if found.columns else "columns", found.note),
        ("defined by", "" if "\n" in found.definition else found.definition),
        ("an event", found.example),
        ("patterns", " ".join(found.patterns)),
    ]
    print_pairs([(name, text) for name, text in said if text], out)
    if "\n" in found.definition:
        out.print(Text(f"\n{found.definition}"), soft_wrap=True)
