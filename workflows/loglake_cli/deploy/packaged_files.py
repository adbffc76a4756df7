"""Files of a package, and zip archives of them with the same bytes at any time and on any machine."""

from __future__ import annotations

import hashlib
import io
import time
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class PackagedFile:
    """A file by its name, without a folder."""

    name: str
    content: bytes

    @property
    def sha256(self) -> str:
        """The digest of its content, in hex."""
        return hashlib.sha256(self.content).hexdigest()


def packaged_at() -> int:
    """The time that packaged files bear, in seconds since the epoch: SOURCE_DATE_EPOCH, else the same for all."""
    from hatchling.builders.utils import get_reproducible_timestamp  # noqa: PLC0415  (only in an extra)

    return int(get_reproducible_timestamp())


def zipped(files: Mapping[str, bytes]) -> bytes:
    """A zip archive of files by their paths, sorted, all of one time and mode; not compressed, since wheels are."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path, content in sorted(files.items()):
            entry = zipfile.ZipInfo(path, time.gmtime(packaged_at())[:6])
            entry.create_system = 3  # Unix, on whatever system this runs
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, content)
    return buffer.getvalue()
