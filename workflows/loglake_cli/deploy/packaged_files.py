"""Files of a package, zip archives of them with the same bytes anywhere, and the wheels that Glue's Spark jobs lack."""

from __future__ import annotations

import hashlib
import io
import subprocess
import sys
import time
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from loglake.core.temporary import TemporaryFolder
from loglake.errors import ConfigError
from loglake_cli.project_files import GLUE_LOCK


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


GLUE_PYTHONS: Mapping[str, str] = {"6.0": "3.13", "5.1": "3.11"}
"""The Python of each Glue version that can run the Spark job (AWS Glue release notes), the newest first."""

# AWS documents glibc 2.34 for Glue 5.x ("Using Python libraries with AWS Glue", Appendix B).
_PLATFORMS = [*(f"manylinux_2_{minor}_x86_64" for minor in range(34, 4, -1)), "manylinux2014_x86_64", "linux_x86_64"]

ExtraWheels = Mapping[str, tuple[PackagedFile, ...]]
"""By Python version, such as ``3.13``."""

NO_EXTRA_WHEELS: ExtraWheels = dict.fromkeys(GLUE_PYTHONS.values(), ())
"""For the local runtime: its Python has what Glue lacks, and wheels of another Python need a network."""


def downloaded_wheels(lock: Path = GLUE_LOCK) -> ExtraWheels:
    """The lock's wheels for each Python of Glue: pip downloads them from its configured index, and checks their hashes.

    Raises:
        ConfigError: pip fails; has pip's words.
    """
    return {python: _downloaded(python, lock) for python in GLUE_PYTHONS.values()}


def _downloaded(python: str, lock: Path) -> tuple[PackagedFile, ...]:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command += ["--require-hashes", "--only-binary", ":all:", "--implementation", "cp", "--python-version", python]
    command += ["--abi", f"cp{python.replace('.', '')}", *(f"--platform={name}" for name in _PLATFORMS)]
    with TemporaryFolder("wheels") as folder:
        done = subprocess.run(
            [*command, "--dest", folder, "--requirement", str(lock)], capture_output=True, text=True, check=False
        )
        if done.returncode:
            said = " ".join(done.stderr.split()) or f"exit status {done.returncode}"
            raise ConfigError(
                f"pip can't download the wheels of {lock.name} for Python {python}: {said}. "
                "Without a network, give pip a folder that has them: PIP_NO_INDEX=1 PIP_FIND_LINKS=FOLDER."
            )
        return tuple(PackagedFile(path.name, path.read_bytes()) for path in sorted(Path(folder).iterdir()))
