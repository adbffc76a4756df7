"""A case: raw objects with their plan. Its file has everything that is needed to run it again."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from support.worlds.bundles import PREFIX, WINDOW, bundle_of

from loglake.core.schema.bundle import Bundle, RawObject
from loglake.core.schema.schema import ColumnType, FieldPath
from loglake.core.units import EpochMs
from loglake.core.windows import Window


@dataclass(frozen=True)
class Body:
    """A raw object: its log stream, and its bytes in the bucket."""

    stream: str
    data: bytes

    def to_json(self) -> dict[str, str]:
        """A JSON-ready dict."""
        return {"stream": self.stream, "base64": base64.b64encode(self.data).decode("ascii")}

    @staticmethod
    def from_json(data: Mapping[str, str]) -> Body:
        """The inverse of `to_json`."""
        return Body(data["stream"], base64.b64decode(data["base64"]))


@dataclass(frozen=True)
class Case:
    """One conversion.

    Attributes:
        seed: what it was made of; a name, no more.
        bodies: the raw objects; their keys ascend.
        elsewhere: windows that have their own rows, besides `WINDOW`, which is the case's.
        format: of `datasets.yaml`, as are `pattern`, `fields` and `types`.
        sampled: how many objects the table's first version was made of; the rest may have other fields and types.
        cuts: one conversion for each: the sizes of the chunks in which the store gives its bytes, over and over.
    """

    seed: int
    bodies: tuple[Body, ...]
    elsewhere: tuple[Window, ...] = ()
    partition_by: str = "day"
    format: str = "auto"
    pattern: str = ""
    fields: tuple[str, ...] = ()
    types: Mapping[FieldPath, ColumnType] = field(default_factory=dict)
    sampled: int = 1_000
    cuts: tuple[tuple[int, ...], ...] = ((1 << 20,),)

    @property
    def window(self) -> Window:
        """The window of the case."""
        return WINDOW

    def objects(self) -> list[RawObject]:
        """The raw objects, as an export lays them out."""
        return [
            RawObject(f"{PREFIX}/s{number:03d}/000000.gz", len(body.data), body.stream)
            for number, body in enumerate(self.bodies)
        ]

    def bundle(self, objects: int | None = None) -> Bundle:
        """A bundle of all objects, or of the first few."""
        return bundle_of(
            self.objects()[:objects],
            elsewhere=self.elsewhere,
            partition_by=self.partition_by,
            format=self.format,
            pattern=self.pattern,
            fields=self.fields,
            types=self.types,
        )

    def to_json(self) -> dict[str, Any]:
        """A JSON-ready dict."""
        return {
            "seed": self.seed,
            "elsewhere": [[other.from_ms, other.to_ms] for other in self.elsewhere],
            "partition_by": self.partition_by,
            "format": self.format,
            "pattern": self.pattern,
            "fields": list(self.fields),
            "types": [[list(path), kind.value] for path, kind in self.types.items()],
            "sampled": self.sampled,
            "cuts": [list(sizes) for sizes in self.cuts],
            "bodies": [body.to_json() for body in self.bodies],
        }

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> Case:
        """The inverse of `to_json`."""
        return Case(
            seed=data["seed"],
            bodies=tuple(Body.from_json(body) for body in data["bodies"]),
            elsewhere=tuple(Window(EpochMs(start), EpochMs(end)) for start, end in data["elsewhere"]),
            partition_by=data["partition_by"],
            format=data["format"],
            pattern=data["pattern"],
            fields=tuple(data["fields"]),
            types={tuple(path): ColumnType(kind) for path, kind in data["types"]},
            sampled=data["sampled"],
            cuts=tuple(tuple(sizes) for sizes in data["cuts"]),
        )

    def save(self, path: Path) -> None:
        """Writes the case's file."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(self.to_json(), indent=1), "utf-8")

    @staticmethod
    def load(path: Path) -> Case:
        """Reads what `save` wrote."""
        return Case.from_json(json.loads(path.read_text("utf-8")))
