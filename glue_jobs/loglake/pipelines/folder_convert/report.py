"""The results of ``loglake convert`` as data: for ``--json``, the terminal and the exit status."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from loglake.core.accounting import Accounting
from loglake.core.plain_notes import EMPTY, PlainNotes, sentences, to_json
from loglake.core.run.outcome import Outcome
from loglake.core.schema.contract import Violation, unmatched_note
from loglake.core.schema.conversion import StagedFile
from loglake.pipelines.convert.report import TOP_REASONS

_NAMED = 10
"""Quarantined objects, and skipped ones of a kind, that the report names; ``--json`` has all."""


@dataclass(frozen=True)
class FolderReport:
    """The results for all found objects.

    Attributes:
        done: objects that earlier runs converted and that stay as they are.
        copies: skipped second copies of objects in other folders.
        objects: objects that this run converted.
        format: how most of their events were read; empty if there were none.
        also: how others were.
        columns: the table's parsed columns: types by name.
        files: the Parquet files of this run.
        reasons: entries of quarantine by their reason.
        failed: objects that could not be converted, each with its reason in words.
        undecoded: entries of quarantine by object and reason.
        plain: plain log files that a person should know something about, by their keys.
        quarantined_before: quarantine entries of objects that earlier runs converted.
        violations: what breaks the table's schema contract, by field.
        unmatched: names in the schema setting that are no column, and no field that breaks it.
        skipped: what objects are that are not logs, such as ``a PNG image``, by their keys. Nothing was done to them.
        unread: sentences about a configured format that read too few events.
    """

    table: str
    log_group: str
    done: int
    copies: int
    objects: int = 0
    format: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    files: Sequence[StagedFile] = ()
    accounting: Accounting = field(default_factory=Accounting)
    reasons: Mapping[str, int] = field(default_factory=dict)
    failed: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    undecoded: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    plain: Mapping[str, PlainNotes] = field(default_factory=dict)
    quarantined_before: int = 0
    unread: tuple[str, ...] = ()
    skipped: Mapping[str, str] = field(default_factory=dict)
    violations: tuple[Violation, ...] = ()
    unmatched: tuple[str, ...] = ()

    @property
    def partitions(self) -> tuple[str, ...]:
        """The partition folders that this run wrote to, in order."""
        return tuple(sorted({each.partition for each in self.files}))

    @property
    def outcome(self) -> Outcome:
        """Partial if something of the input is not in the table."""
        return Outcome.PARTIAL if self.problems() else Outcome.OK

    def problems(self) -> list[str]:
        """Everything that went wrong; empty if nothing did."""
        problems = [*(f"not converted: {each}" for each in self.failed), *self._skipped(empty=False), *self.unread]
        named = list(self.undecoded.items())
        problems += [f"not in the table, but in quarantine: {_undecoded(*each)}" for each in named[:_NAMED]]
        if len(named) > _NAMED:
            problems.append(f"not in the table, but in quarantine: parts of {len(named) - _NAMED:,} more objects")
        if count := self.quarantined_before:
            stretches = "1 stretch is" if count == 1 else f"{count:,} stretches are"
            problems.append(f"of objects that were converted before, {stretches} not in the table, but in quarantine")
        if not self.accounting.balanced:
            problems.append(f"the accounting does not balance: {self.accounting}")
        return problems

    def notes(self) -> list[str]:
        """What is good to know and is not an error."""
        broken = [f"breaks the schema setting of the dataset: {each}" for each in self.violations]
        unmatched = [unmatched_note(name, self.table, self.columns) for name in self.unmatched]
        return [
            *self._skipped(empty=True),
            *sentences(self.plain),
            *filter(None, [self.accounting.left_out]),
            *broken,
            *unmatched,
        ]

    def _skipped(self, *, empty: bool) -> Iterator[str]:
        """A sentence for each kind of skipped objects; an empty one is nothing to worry about."""
        by_kind = defaultdict(list)
        for key, kind in sorted(self.skipped.items()):
            by_kind[kind].append(key)
        for kind, keys in sorted(by_kind.items()):
            if (kind == EMPTY) is empty:
                advice = "; unpack it first" if kind.endswith(("archive", "xz")) else ""
                more = f" and {len(keys) - _NAMED:,} more" if len(keys) > _NAMED else ""
                yield f"skipped, since it is {kind}, not a log{advice}: {', '.join(keys[:_NAMED])}{more}"

    def to_json(self) -> dict[str, Any]:
        """A JSON-ready dict."""
        return {
            "outcome": self.outcome.value,
            "table": self.table,
            "log_group": self.log_group,
            "format": self.format,
            "also": list(self.also),
            "objects": {"converted": self.objects, "converted_before": self.done, "copies": self.copies},
            "accounting": self.accounting.to_json(),
            "reasons": dict(Counter(self.reasons).most_common(TOP_REASONS)),
            "columns": dict(self.columns),
            "files": len(self.files),
            "size_bytes": sum(each.size_bytes for each in self.files),
            "partitions": list(self.partitions),
            "failed": list(self.failed),
            "skipped": dict(self.skipped),
            "undecoded": {key: dict(reasons) for key, reasons in self.undecoded.items()},
            "quarantined_before": self.quarantined_before,
            "violations": [each.to_json() for each in self.violations],
            "plain_files": to_json(self.plain),
            "notes": self.notes(),
        }


def _undecoded(key: str, reasons: Mapping[str, int]) -> str:
    parts = (reason if count == 1 else f"{reason} ({count:,} stretches)" for reason, count in reasons.items())
    return f"{key}: {'; '.join(parts)}"
