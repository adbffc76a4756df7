"""Wheels, and zips of wheels, which Glue 5.0 and newer install without a package index. Here they are unpacked."""

from __future__ import annotations

import hashlib
import io
import os
import sys
import zipfile
from contextlib import suppress
from pathlib import Path

from packaging.tags import sys_tags
from packaging.utils import parse_wheel_filename

from gluelocal.temporary import TemporaryFolder

WHEEL_ZIP = ".gluewheels.zip"
"""The end of such a zip's name (developer guide, "Using Python libraries with AWS Glue")."""

UNPACKED = Path(sys.prefix) / "gluelocal-wheels"
"""Where the files of wheels stay for later runs: Python keeps there what it compiles of them."""

_UNUSED_S = 7 * 24 * 3600
"""Files that no run has used for a week are removed."""

_HERE: dict[str, TemporaryFolder] = {}
"""By name: the folders of this process, if it may not write to `UNPACKED`."""


def unpacked(library: Path, kept: Path = UNPACKED) -> Path:
    """The folder with the files of a wheel, or of all wheels of a zip, for the PYTHONPATH of a job.

    The same bytes are in the same folder for all runs, so only the first one unpacks and compiles them.

    Raises:
        ValueError: a wheel of a zip is for another Python or system, so pip would not find it.
    """
    content = library.read_bytes()
    name = hashlib.sha256(content).hexdigest()[:32] + library.suffix
    folder = kept / name
    try:
        kept.mkdir(exist_ok=True)
        if not folder.exists():
            with TemporaryFolder("wheel", str(kept)) as place:
                _unpack(library.name, content, Path(place) / name)
                _move(Path(place) / name, folder)
        os.utime(folder)
    except OSError:  # a read-only environment
        if name not in _HERE:
            here = TemporaryFolder("wheel")
            _unpack(library.name, content, Path(here.name))
            _HERE.setdefault(name, here)  # another thread may have been faster
        return Path(_HERE[name].name)
    _remove_unused(kept, folder)
    return folder


def _unpack(name: str, content: bytes, folder: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if not name.endswith(WHEEL_ZIP):
            archive.extractall(folder)
            return
        fitting = frozenset(sys_tags())
        for wheel in sorted(entry for entry in archive.namelist() if entry.endswith(".whl")):
            file = wheel.rpartition("/")[2]
            if not parse_wheel_filename(file)[3] & fitting:
                raise ValueError(f"{name} has {file}, which is for another Python or system than this one")
            with zipfile.ZipFile(io.BytesIO(archive.read(wheel))) as files:
                files.extractall(folder)


def _move(made: Path, folder: Path) -> None:
    try:
        made.rename(folder)
    except OSError:
        if not folder.exists():  # another process was not faster
            raise


def _remove_unused(kept: Path, used: Path) -> None:
    for folder in kept.iterdir():
        with suppress(OSError):  # another process removes it
            if folder.stat().st_mtime < used.stat().st_mtime - _UNUSED_S:
                with TemporaryFolder("wheel", str(kept)) as place:  # gone at once: half of it would pass for all of it
                    folder.rename(Path(place) / folder.name)
