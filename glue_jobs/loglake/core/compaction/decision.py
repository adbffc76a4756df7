"""What compaction decides, and the work that it hands out: which rows of which files make one file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from loglake.core.compaction.keys import Place
from loglake.core.schema.schema import TableSchema
from loglake.core.units import LogGroupName
from loglake.core.unreadable import check_format, check_value, entries, texts

DECISION_FORMAT = 1


@dataclass(frozen=True)
class Part:
    """The rows that a compacted file has in the place of one file.

    Attributes:
        key: the final key of that file: its rows are known by it for good, wherever they lie.
        log_group: of the rows.
        rows: how many.
    """

    key: str
    log_group: LogGroupName
    rows: int


@dataclass(frozen=True)
class CompactedFile:
    """A file of a compacted partition.

    Attributes:
        staged_key: where it was staged; empty where an earlier decision brought it into the table.
        final_key: where it is.
        size_bytes: its size.
        parts: what it is made of, in the order of its rows, without gaps.
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
    """What one number of a partition's compaction log says. Written once with ``If-None-Match: *``.

    The newest one that is not `aborted` says what is compacted in the partition: all of `files`, those that were there
    before and stay among them.

    Attributes:
        number: counts from 1, without gaps.
        owner: the run that wrote it.
        supersedes: final keys of the files whose rows are in `files` now, or that are no rows any more.
        aborted: why nothing was done under this number; empty for a commit.
    """

    place: Place
    number: int
    owner: str
    files: tuple[CompactedFile, ...] = ()
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
            ValueError, KeyError, TypeError: `to_bytes` gives nothing like it, or another version of loglake wrote it.
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
                CompactedFile(
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
    """Rows of a file: so many from `first` on, of the `total` that it has to have."""

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
        outputs: in the order in which they are made.
        strict: whether a column whose type is not the schema's is refused. Where it is not, the column keeps its type.
    """

    schema: TableSchema
    outputs: tuple[MergeOutput, ...]
    strict: bool = True

    def to_json(self) -> dict[str, Any]:
        """A JSON-ready dict."""
        outputs = [
            [output.staged_key, [[each.key, each.first, each.rows, each.total] for each in output.slices]]
            for output in self.outputs
        ]
        return {"schema": self.schema.to_json(), "outputs": outputs, "strict": self.strict}

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> Merge:
        """The inverse of `to_json`."""
        outputs = (MergeOutput(key, tuple(Slice(*each) for each in slices)) for key, slices in data["outputs"])
        return Merge(TableSchema.from_json(data["schema"]), tuple(outputs), bool(data["strict"]))


@dataclass(frozen=True)
class MergedFile:
    """A file that was staged, as it is."""

    rows: int
    size_bytes: int
    sha256: str = ""


@dataclass(frozen=True)
class MergeFailure:
    """Why files could not be made of others, in words for a person. Nothing of the task's counts."""

    reason: str


@dataclass(frozen=True)
class Piece:
    """Rows that a compaction takes in.

    Attributes:
        order: what rows are sorted by; of the log group and the time of the window, then whatever makes it one order.
        size_bytes: about what they take in their file.
    """

    order: tuple[Any, ...]
    part: Part
    slice: Slice
    size_bytes: int


def pack(pieces: Iterable[Piece], target_bytes: int) -> list[tuple[Piece, ...]]:
    """Shares pieces out to files, in their order, each up to a size."""
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
