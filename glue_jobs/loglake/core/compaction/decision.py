"""What a compaction decides and does: it merges rows of several files into one file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from loglake.core.compaction.keys import Place
from loglake.core.schema.schema import TableSchema
from loglake.core.units import LogGroupName
from loglake.core.unreadable import check_format, check_value, entries, texts

DECISION_FORMAT = 1


@dataclass(frozen=True)
class Part:
    """Rows of one window inside a file that windows share.

    Attributes:
        key: the final key that their decision gave them. It identifies them for good, wherever they lie.
        log_group: of the rows.
        rows: how many.
    """

    key: str
    log_group: LogGroupName
    rows: int


@dataclass(frozen=True)
class SharedFile:
    """A file with rows of several windows: converted together, or compacted.

    Attributes:
        staged_key: where it was staged; empty if an earlier decision brought it into the table.
        final_key: where it is.
        size_bytes: its size.
        parts: what it holds, in row order, without gaps.
        sha256: of its content, as hex digits; empty if the version that wrote it recorded none.
    """

    staged_key: str
    final_key: str
    size_bytes: int
    parts: tuple[Part, ...]
    sha256: str = ""

    @property
    def rows(self) -> int:
        """How many rows it has."""
        return sum(part.rows for part in self.parts)

    def slices(self) -> Iterator[tuple[Part, Slice]]:
        """Each part, and where its rows are."""
        first = 0
        for part in self.parts:
            yield part, Slice(self.final_key, first, part.rows, self.rows)
            first += part.rows


@dataclass(frozen=True)
class Decision:
    """One numbered entry of a partition's compaction log, written once with ``If-None-Match: *``.

    The newest one that is not `aborted` says what is compacted in the partition: all of `files`, those that were there
    before and stay among them.

    Attributes:
        number: counts from 1, without gaps.
        owner: the run that wrote it.
        supersedes: final keys of files that `files` replaces, or that were removed from the table.
        aborted: why nothing was done under this number; empty for a commit.
    """

    place: Place
    number: int
    owner: str
    files: tuple[SharedFile, ...] = ()
    supersedes: tuple[str, ...] = ()
    aborted: str = ""

    def to_bytes(self) -> bytes:
        """The object's content: JSON, readable."""
        data = {
            "format": DECISION_FORMAT,
            "table": self.place.table,
            "partition": self.place.partition,
            "number": self.number,
            "owner": self.owner,
            "aborted": self.aborted,
            "files": [
                {
                    "staged_key": file.staged_key,
                    "final_key": file.final_key,
                    "size_bytes": file.size_bytes,
                    "parts": [[part.key, part.log_group, part.rows] for part in file.parts],
                    "sha256": file.sha256,
                }
                for file in self.files
            ],
            "supersedes": list(self.supersedes),
        }
        return json.dumps(data, indent=1).encode()

    @staticmethod
    def from_bytes(body: bytes) -> Decision:
        """The inverse of `to_bytes`.

        Raises:
            ValueError, KeyError, TypeError: `to_bytes` did not write it, or another version of loglake did.
        """
        data = json.loads(body)
        check_format(data.get("format"), DECISION_FORMAT)
        for name in ("table", "partition", "owner", "aborted"):
            check_value(name, data[name], str)
        check_value("number", data["number"], int)
        return Decision(
            place=Place(data["table"], data["partition"]),
            number=data["number"],
            owner=data["owner"],
            files=tuple(
                SharedFile(
                    texts([file["staged_key"]])[0],
                    texts([file["final_key"]])[0],
                    int(file["size_bytes"]),
                    tuple(Part(key, LogGroupName(group), int(rows)) for key, group, rows in file["parts"]),
                    texts([file.get("sha256", "")])[0],
                )
                for file in entries(data["files"])
            ),
            supersedes=texts(data["supersedes"]),
            aborted=data["aborted"],
        )


@dataclass(frozen=True)
class Slice:
    """Consecutive rows of a file, from `first` on. `total` is how many rows the file must have."""

    key: str
    first: int
    rows: int
    total: int


@dataclass(frozen=True)
class MergeOutput:
    """A file that is to be made of slices, in their order."""

    staged_key: str
    slices: tuple[Slice, ...]


@dataclass(frozen=True)
class Merge:
    """Files that one task makes.

    Attributes:
        schema: of the table.
        outputs: in the order of their making.
        strict: whether a column with another type than the schema's is refused. If not, the column keeps its type.
        joins: the slices are whole files of the schema's columns, and their row groups stay as they are.
    """

    schema: TableSchema
    outputs: tuple[MergeOutput, ...]
    strict: bool = True
    joins: bool = False


@dataclass(frozen=True)
class MergedFile:
    """A file that was staged, as it is."""

    rows: int
    size_bytes: int
    sha256: str = ""


@dataclass(frozen=True)
class MergeFailure:
    """Why a task could not make its files, in words for a person. Nothing that the task wrote counts."""

    reason: str


@dataclass(frozen=True)
class Piece:
    """Rows that a compaction takes in.

    Attributes:
        order: the sort key: the log group, the time of the window, and what makes the order unique.
        size_bytes: about their share of the file's size.
    """

    order: tuple[Any, ...]
    part: Part
    slice: Slice
    size_bytes: int


def pack(pieces: Iterable[Piece], target_bytes: int) -> list[tuple[Piece, ...]]:
    """Distributes pieces to files in order, each file up to a size."""
    files: list[tuple[Piece, ...]] = []
    current: list[Piece] = []
    size = 0
    for piece in sorted(pieces, key=lambda each: each.order):
        if current and size + piece.size_bytes > target_bytes:
            files.append(tuple(current))
            current, size = [], 0
        current.append(piece)
        size += piece.size_bytes
    return [*files, tuple(current)] if current else files
