"""Wheels, and zips of wheels, which Glue 5.0 and newer install without a package index. Here they are unpacked."""

from __future__ import annotations

import hashlib
import io
import zipfile
from pathlib import Path

from packaging.tags import sys_tags
from packaging.utils import parse_wheel_filename

from loglake.core.temporary import TemporaryFolder

WHEEL_ZIP = ".gluewheels.zip"
"""The end of such a zip's name (developer guide, "Using Python libraries with AWS Glue")."""


_INSTALLED: dict[bytes, TemporaryFolder] = {}
"""By the digest of the wheel."""


def installed(wheel: Path) -> Path:
    """The folder with a wheel's files, the same one for all jobs that this process starts.

    Python keeps there what it compiles. Of a wheel that is a zip, each process of each job would compile all again.
    """
    digest = hashlib.sha256(wheel.read_bytes()).digest()
    if digest not in _INSTALLED:
        folder = TemporaryFolder("wheel")
        with zipfile.ZipFile(wheel) as files:
            files.extractall(folder.name)
        _INSTALLED.setdefault(digest, folder)  # another thread may have been faster
    return Path(_INSTALLED[digest].name)


def unpack_wheels(archive: Path, folder: Path) -> Path:
    """Unpacks each wheel of a zip into one folder for the PYTHONPATH. Returns the folder.

    Raises:
        ValueError: a wheel is for another Python or system, so pip would not find it.
    """
    fitting = frozenset(sys_tags())
    with zipfile.ZipFile(archive) as wheels:
        for name in sorted(name for name in wheels.namelist() if name.endswith(".whl")):
            file = name.rpartition("/")[2]
            if not parse_wheel_filename(file)[3] & fitting:
                raise ValueError(f"{archive.name} has {file}, which is for another Python or system than this one")
            with zipfile.ZipFile(io.BytesIO(wheels.read(name))) as wheel:
                wheel.extractall(folder)
    return folder
