"""Zips of wheels, which Glue 5.0 and newer install without a package index. Here they are unpacked."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from packaging.tags import sys_tags
from packaging.utils import parse_wheel_filename

WHEEL_ZIP = ".gluewheels.zip"
"""The end of such a zip's name (developer guide, "Using Python libraries with AWS Glue")."""


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
