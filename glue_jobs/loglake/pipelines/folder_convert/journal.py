"""The journal beside a table: which objects were converted into it, so that nothing is lost or doubled.

::

    <table>/dt=2026-11-21/<bundle>.parquet    what a query sees
    _quarantine/<table>/<bundle>.jsonl.gz     what could not be decoded
    _converted/<table>/000001.json, ...       the journal: numbered entries, none ever replaced
    _schema/<table>/000001.json, ...          the versions of its schema
    _staging/<table>/...                      files that are not committed yet

Readers of tables skip names that begin with ``_``. A run goes through five steps:

1. It completes the newest entry, if the run that wrote it was killed.
2. It adds an entry that only records its start, and empties staging.
3. It converts into staging.
4. It adds the entry that counts: which objects were converted into which files, and which older files go.
5. It copies (on a folder: links) the files to their final keys, removes the older ones, and empties staging.

An entry's number is taken once (``If-None-Match: *``), and the entry of step 4 must directly follow the entry of
step 2. So an overtaken run commits nothing, and staging belongs to the last run that began. If a run is killed before
step 4, no query sees a change. If it is killed later, the next run completes it.

A file's name depends on everything that determines its content, so the same work gives the same keys; and an existing
key needs no second copy.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from loglake.core.accounting import Accounting
from loglake.core.ports.objects import ObjectStore
from loglake.core.schema.conversion import StagedFile
from loglake.errors import AlreadyExistsError, ConfigError, LeaseLostError, NotFoundError, ServiceError

COPIES = 16
"""Parallel copies: on S3 each is a wait, and a table should be half copied for a short time only."""

_ENTRY = re.compile(r"\d{6}\.json")


@dataclass(frozen=True)
class ConvertedBundle:
    """Raw objects that became rows together.

    Attributes:
        name: the name of each of its files.
        log_group: the rows' log group.
        format: the requested format, such as ``auto``.
        objects: the size of each object, by its identity.
        files: the files of the table and of quarantine, with keys in the output.
        timezone: the requested time zone; empty: UTC.
        transform: the transformation of the rows, with its version; empty: none.
        contract: the schema contract, as JSON; empty: it allows all.
        definition: a digest of what defined the format; empty: nothing did.
        accept_corrupt: events of gzip members that fail their checks are rows, too.
        omits_raw: rows whose ``message`` is the same text have no ``raw``.
        redact: the rules by which values were hidden, as JSON; empty: none.
    """

    name: str
    log_group: str
    format: str
    objects: Mapping[str, int]
    files: tuple[StagedFile, ...]
    accounting: Accounting
    timezone: str = ""
    transform: str = ""
    contract: str = ""
    definition: str = ""
    accept_corrupt: bool = False
    omits_raw: bool = False
    redact: str = ""

    def to_json(self) -> dict[str, Any]:
        """A JSON-ready dict."""
        return {
            **vars(self),
            "objects": dict(self.objects),
            "files": [staged.to_json() for staged in self.files],
            "accounting": self.accounting.to_json(),
        }

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> ConvertedBundle:
        """The inverse of `to_json`."""
        files = tuple(StagedFile.from_json(staged) for staged in data["files"])
        return ConvertedBundle(**{**data, "files": files, "accounting": Accounting.from_json(data["accounting"])})


@dataclass(frozen=True)
class Commit:
    """The entry of a run that converted something.

    Attributes:
        replaces: names of earlier bundles that these replace.
        removes: the final keys of the replaced bundles, without keys that are written again.
    """

    partition_by: str
    schema_version: int
    bundles: tuple[ConvertedBundle, ...]
    replaces: tuple[str, ...] = ()
    removes: tuple[str, ...] = ()

    def to_bytes(self) -> bytes:
        """The entry: JSON, readable."""
        data = {
            **vars(self),
            "bundles": [bundle.to_json() for bundle in self.bundles],
            "replaces": list(self.replaces),
            "removes": list(self.removes),
        }
        return json.dumps(data, indent=1).encode()

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> Commit:
        """The inverse of `to_bytes`."""
        bundles = tuple(ConvertedBundle.from_json(bundle) for bundle in data["bundles"])
        lists = {name: tuple(data[name]) for name in ("replaces", "removes")}
        return Commit(**{**data, **lists, "bundles": bundles})


@dataclass(frozen=True)
class TableRecord:
    """The journal of a table as a whole.

    Attributes:
        entries: how many there are.
        bundles: those that make up the table now, by name.
        newest: the last commit, if any.
    """

    entries: int = 0
    bundles: Mapping[str, ConvertedBundle] = field(default_factory=dict)
    newest: Commit | None = None


class TableJournal:
    """The journal of one table, and the steps that it describes."""

    def __init__(self, output: ObjectStore, table: str) -> None:
        self._output = output
        self._table = table
        self._folder = f"_converted/{table}/"
        self.staging = f"_staging/{table}/"

    def read(self) -> TableRecord:
        """The record of all entries. Raises ConfigError if one is damaged."""
        names = (item.key[len(self._folder) :] for item in self._output.list(self._folder))
        entries = [name for name in names if _ENTRY.fullmatch(name)]
        bundles: dict[str, ConvertedBundle] = {}
        newest = None
        for name in entries:
            commit = self._entry(self._folder + name)
            if commit:
                newest = commit
                for replaced in commit.replaces:
                    bundles.pop(replaced, None)
                bundles.update({bundle.name: bundle for bundle in commit.bundles})
        return TableRecord(int(entries[-1][:6]) if entries else 0, bundles, newest)

    def sizes(self) -> dict[str, int]:
        """The sizes of the existing files of the table and of its quarantine, by key."""
        folders = (f"{self._table}/", f"_quarantine/{self._table}/")
        return {item.key: item.size_bytes for folder in folders for item in self._output.list(folder)}

    def begin(self, record: TableRecord) -> int:
        """Step 2. Returns the number of the new entry.

        Raises:
            LeaseLostError: another run began since the record was read.
        """
        number = record.entries + 1
        self._add(number, b"{}", "another run has just begun to convert into this table: wait for its end.")
        self._output.delete([item.key for item in self._output.list(self.staging)])
        return number

    def commit(self, begun: int, commit: Commit) -> None:
        """Steps 4 and 5.

        Raises:
            LeaseLostError: another run began meanwhile; nothing was committed.
            ServiceError: files are missing from where they were put; the next run converts them again.
        """
        self._add(
            begun + 1, commit.to_bytes(), "another run began to convert into this table meanwhile, and has it now."
        )
        self.complete(commit)
        missing = {staged.final_key for bundle in commit.bundles for staged in bundle.files if staged.partition}
        missing -= self.sizes().keys()
        if missing:
            raise ServiceError(
                f"{min(missing)} vanished while it was written: run the command again to convert it anew."
            )

    def complete(self, commit: Commit) -> None:
        """The open parts of step 5; idempotent."""
        there = {item.key for item in self._output.list(self.staging)}
        files = [each for bundle in commit.bundles for each in bundle.files if each.staged_key in there]
        if files:  # existing files are not copied over: so files that were damaged and converted again go first
            sizes = self.sizes()
            self._output.delete(
                [each.final_key for each in files if sizes.get(each.final_key, each.size_bytes) != each.size_bytes]
            )
        with ThreadPoolExecutor(COPIES, "copy") as pool:
            list(pool.map(self._copy, files))
        self._output.delete(commit.removes)
        self._output.delete([each.staged_key for each in files])

    def discard(self, prefix: str) -> None:
        """Removes what a run staged and will not commit."""
        self._output.delete([item.key for item in self._output.list(self.staging + prefix)])

    def _copy(self, staged: StagedFile) -> None:
        with suppress(NotFoundError):  # another run completes the same entry; missing files are found at the end
            self._output.copy(staged.staged_key, staged.final_key)

    def _add(self, number: int, body: bytes, taken: str) -> None:
        try:
            self._output.put_new(f"{self._folder}{number:06d}.json", body)
        except AlreadyExistsError:
            raise LeaseLostError(
                f"{self._table}: {taken} Nothing of this run was committed: convert again once that run has ended."
            ) from None

    def _entry(self, key: str) -> Commit | None:
        try:
            data = json.loads(self._output.get(key))
            return Commit.from_json(data) if data else None
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise ConfigError(
                f"{key} is damaged ({error}). If a run broke off while it wrote it, delete it; else bring back what it "
                f"was, or delete {self._folder} and {self._table}/ to convert everything again."
            ) from error
