"""The wheels that Glue's Spark jobs lack: finds or downloads them, and checks them against the lock."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from packaging.tags import Tag, compatible_tags, cpython_tags
from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename

from loglake.core.temporary import TemporaryFolder
from loglake.errors import ConfigError
from loglake_cli.deploy.packaged_files import PackagedFile
from loglake_cli.project_files import GLUE_LOCK

GLUE_PYTHONS: Mapping[str, str] = {"6.0": "3.13", "5.1": "3.11"}
"""The Python of each Glue version that can run the Spark job (AWS Glue release notes), the newest first."""

# AWS documents glibc 2.34 for Glue 5.x ("Using Python libraries with AWS Glue", Appendix B).
_PLATFORMS = [*(f"manylinux_2_{minor}_x86_64" for minor in range(34, 4, -1)), "manylinux2014_x86_64", "linux_x86_64"]

ExtraWheels = Mapping[str, tuple[PackagedFile, ...]]
"""By Python version, such as ``3.13``."""

NO_EXTRA_WHEELS: ExtraWheels = dict.fromkeys(GLUE_PYTHONS.values(), ())
"""For the local runtime: its Python has what Glue lacks, and wheels of another Python need a network."""


@dataclass(frozen=True)
class Locked:
    """A package in the lock, with the SHA-256 of each permitted file."""

    name: str
    version: str
    sha256: frozenset[str]


def read_lock(path: Path = GLUE_LOCK) -> tuple[Locked, ...]:
    """The packages that a zip of wheels has besides loglake's own."""
    entries = re.findall(r"^([\w.-]+)==([^\s;\\]+)(.*(?:\n[ \t].*)*)", path.read_text(encoding="utf-8"), re.MULTILINE)
    return tuple(
        Locked(name, version, frozenset(re.findall(r"--hash=sha256:([0-9a-f]{64})", rest)))
        for name, version, rest in entries
    )


def given_wheels(folder: Path, lock: Path = GLUE_LOCK) -> ExtraWheels:
    """The lock's wheels from a folder, for each Python of Glue; other files in the folder are ignored.

    Raises:
        ConfigError: a wheel is missing, or differs from the lock's. Names it.
    """
    return {
        python: tuple(_chosen(folder, python, each) for each in read_lock(lock)) for python in GLUE_PYTHONS.values()
    }


def downloaded_wheels(lock: Path = GLUE_LOCK) -> ExtraWheels:
    """As `given_wheels`, but pip downloads the wheels from its configured index.

    Raises:
        ConfigError: pip fails; has pip's words.
    """
    with TemporaryFolder("wheels") as folder:
        for python in GLUE_PYTHONS.values():
            _download(Path(folder), python, lock)
        return given_wheels(Path(folder), lock)


def _download(folder: Path, python: str, lock: Path) -> None:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command += ["--require-hashes", "--only-binary", ":all:", "--implementation", "cp", "--python-version", python]
    command += ["--abi", _abi(python), *(word for name in _PLATFORMS for word in ("--platform", name))]
    done = subprocess.run(
        [*command, "--dest", str(folder), "--requirement", str(lock)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        said = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
        raise ConfigError(
            f"pip can't download the wheels of {lock.name} for Python {python}: {said[-1]}. "
            "Without a network, give pip a folder that has them: PIP_NO_INDEX=1 PIP_FIND_LINKS=FOLDER."
        )


def _chosen(folder: Path, python: str, locked: Locked) -> PackagedFile:
    """The wheel of a package that pip would take there."""
    order = {tag: place for place, tag in enumerate(_tags(python))}
    fitting = [
        (min(order[tag] for tag in tags & order.keys()), path)
        for path, tags in _wheels_of(folder, locked)
        if tags & order.keys()
    ]
    if not fitting:
        raise ConfigError(
            f"{folder} has no wheel of {locked.name} {locked.version} for Python {python} on Linux x86_64. "
            "Put it there: pip takes it from there."
        )
    path = min(fitting)[1]
    wheel = PackagedFile(path.name, path.read_bytes())
    if wheel.sha256 not in locked.sha256:
        raise ConfigError(
            f"{path} is not the file that {GLUE_LOCK.name} names: its SHA-256 is {wheel.sha256}. Get it again, from "
            "where the other files of the lock come from."
        )
    return wheel


def _wheels_of(folder: Path, locked: Locked) -> Iterator[tuple[Path, frozenset[Tag]]]:
    for path in sorted(folder.glob("*.whl")):
        try:
            name, version, _, tags = parse_wheel_filename(path.name)
        except InvalidWheelFilename:
            continue  # somebody else's
        if (name, str(version)) == (canonicalize_name(locked.name), locked.version):
            yield path, tags


def _tags(python: str) -> Iterator[Tag]:
    """The wheel tags that run there, the best first."""
    version = tuple(map(int, python.split(".")))
    yield from cpython_tags(version, [_abi(python)], _PLATFORMS)
    yield from compatible_tags(version, f"cp{version[0]}{version[1]}", _PLATFORMS)


def _abi(python: str) -> str:
    return f"cp{python.replace('.', '')}"
