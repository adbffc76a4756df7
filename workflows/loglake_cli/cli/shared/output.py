"""What a person sees of a run at its end: the report, in a console that fits its terminal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.text import Text

from gluelocal.shown_stream import visible
from loglake.core.format_share import in_words
from loglake.core.schema.schema import ENVELOPE, TRAILER
from loglake_cli.cli.shared.options import NOTHING_CHANGED
from loglake_cli.cli.shared.progress import run_tree
from loglake_cli.operations.lakes.lake import lake_option
from loglake_cli.operations.tables.terminal_tables import print_pairs, print_table
from loglake_cli.wording import command, counted, program

if TYPE_CHECKING:
    from rich.segment import Segment

    from loglake.core.accounting import Accounting
    from loglake.pipelines.folder_convert.report import FolderReport
    from loglake_cli.local.report import LocalRunReport, TableReport

_WAYS = {"landing": "Landed", "read": "Read", "task": "Exported by task"}

_SHOWN_COLUMNS = 8
"""Columns of a table that the report names."""

_SHOWN_REASONS = 5
"""Reasons of quarantine that the report names."""

_NARROW = 100
"""A narrower terminal shows how many columns a table has, but not which."""

_WIDTH = 110
"""The report's width without a terminal."""


class _PlainConsole(Console):
    """A console for texts from outside: their brackets are no markup, and their control characters are written out."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(highlight=False, emoji=False, **settings)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """As rich does, which comes here with each text before it is wrapped; its own control codes are no texts."""
        if isinstance(renderable, str):
            renderable = Text(visible(renderable))
        elif isinstance(renderable, Text) and visible(renderable.plain) != renderable.plain:
            parts = renderable.render(self)
            renderable = renderable.blank_copy()
            for part in parts:
                renderable.append(visible(part.text), part.style)
        return super().render(renderable, options)


def console(stderr: bool = False) -> Console:
    """A console that is as wide as its terminal; without one as COLUMNS says, else `_WIDTH`."""
    made = _PlainConsole(stderr=stderr)
    return made if made.is_terminal else _PlainConsole(stderr=stderr, width=get_terminal_size((_WIDTH, 24)).columns)


def print_report(report: LocalRunReport, to: Console) -> None:
    """Prints what a run did."""
    to.print()
    for run in report.runs:
        to.print(run_tree(run))
    to.print()
    if report.tables:
        _print_tables(report.tables, to)
    else:
        to.print("No table: nothing became rows.")
    to.print()
    to.print(_accounting(report.accounting))
    for way, groups in report.ways().items():
        to.print(Text(f"{_WAYS[way]}: {', '.join(groups)}"), soft_wrap=True)
    for table, read_as in report.read_as().items():
        to.print(Text(f"{table}: events read as {in_words(read_as)}"), soft_wrap=True)
    if report.accounting.redacted:
        to.print(Text(f"Values hidden: {in_words(report.accounting.redacted)}"), soft_wrap=True)
    if report.reasons:
        to.print(Text(f"In s3://{report.lake_bucket}/quarantine/: {_reasons(report.reasons)}"), soft_wrap=True)
    # The unused permissions of a failed run say nothing about its roles.
    for note in report.access.notes() if report.access and not report.problems() else []:
        to.print(Text(f"IAM: {note}"), soft_wrap=True)
    print_sentences(report.problems(), report.notes(), to)


def print_conversion(report: FolderReport, output: str, to: Console) -> None:
    """Prints the results for a folder's objects and events."""
    counts = ((name.replace("_", " "), f"{count:,}") for name, count in report.accounting.counts().items())
    to.print()
    print_pairs([*_conversion(report, output).items(), *counts], to)
    print_sentences(report.problems(), report.notes(), to)
    if report.accounting.quarantined or report.quarantined_before:
        see = command("quarantine", lake_option(output), names=[report.table], start=program())
        to.print(f"To see what is in quarantine, and why: {see}", soft_wrap=True)
    if report.objects or report.done:
        newest = f"SELECT * FROM {report.table} ORDER BY event_time DESC LIMIT 10"
        asked = command("query", lake_option(output), names=[newest], start=program())
        to.print(f"\n{asked}", soft_wrap=True)


def print_foreseen(report: FolderReport, output: str, to: Console) -> None:
    """Prints what a conversion would read as what, and into which table."""
    print_pairs(_objects(report, output, "to be converted").items(), to)
    print_sentences(report.problems(), [*report.notes(), NOTHING_CHANGED], to)


def _objects(report: FolderReport, output: str, done: str) -> dict[str, str]:
    copies = f", {counted(report.copies, 'copy', 'copies')}" if report.copies else ""
    no_logs = f", {len(report.skipped):,} not logs" if report.skipped else ""
    lines = {
        "table": f"{output.rstrip('/')}/{report.table}",
        "log group": report.log_group,
        "objects": f"{report.objects:,} {done}; skipped: {report.done:,} already converted{copies}{no_logs}",
    }
    if report.objects:
        lines["format"] = ", ".join((report.format, *report.also))
    if report.columns and report.objects:
        lines["columns"] = _columns(report.columns)
    return lines


def _conversion(report: FolderReport, output: str) -> dict[str, str]:
    lines = _objects(report, output, "converted")
    if report.objects:
        size = sum(each.size_bytes for each in report.files)
        lines["read as"] = in_words(report.accounting.read_as) or "-"
        if report.accounting.redacted:
            lines["values hidden"] = in_words(report.accounting.redacted)
        files, partitions = counted(len(report.files), "file"), counted(len(report.partitions), "partition")
        lines["written"] = f"{files}, {partitions}, {size / 1e6:,.2f} MB"
    if report.accounting.quarantined:
        reasons = _reasons(report.reasons)
        lines["quarantine"] = f"{output.rstrip('/')}/_quarantine/{report.table}" + (f": {reasons}" if reasons else "")
    return lines


def _reasons(reasons: Mapping[str, int]) -> str:
    """The most frequent reasons of quarantine, with their counts."""
    return "; ".join(
        f"{count:,} {reason}" for reason, count in sorted(reasons.items(), key=lambda item: -item[1])[:_SHOWN_REASONS]
    )


def print_sentences(problems: Sequence[str], notes: Sequence[str], to: Console) -> None:
    """Prints a line each: first what needs a person, then what is good to know."""
    for problem in problems:
        to.print(Text(f"! {problem}", style="bold red"), soft_wrap=True)
    for note in notes:
        to.print(Text(f"- {note}"), soft_wrap=True)


def _print_tables(tables: Sequence[TableReport], to: Console) -> None:
    wide = to.width >= _NARROW
    rows = [
        [
            f"{table.database}.{table.name}",
            f"{table.rows:,}",
            str(table.partitions),
            _columns(table.columns) if wide else str(len(table.columns)),
        ]
        for table in tables
    ]
    numbers = {"rows", "partitions"} if wide else {"rows", "partitions", "columns"}
    print_table(("table", "rows", "partitions", "columns"), rows, to, right=numbers, spare=("partitions", "columns"))


def _columns(columns: Mapping[str, str]) -> str:
    """The number of columns, and the names of the first parsed ones."""
    own = [f"{name} {kind}" for name, kind in columns.items() if name not in {*ENVELOPE, *TRAILER}]
    shown = ", ".join(own[:_SHOWN_COLUMNS]) + (", ..." if len(own) > _SHOWN_COLUMNS else "")
    return f"{len(columns)}: {shown}" if own else str(len(columns))


def _accounting(accounting: Accounting) -> Text:
    counts = accounting.counts()
    parts = [f"{counts[name]:,} {name.replace('_', ' ')}" for name in counts if name != "events_in"]
    rest = [parts[5], *(parts[6:7] if accounting.violations else [])]
    return Text(f"{counts['events_in']:,} events in = " + " + ".join(parts[:5]) + f"; {', '.join(rest)}")
