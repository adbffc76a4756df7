"""Files of a package, the same bytes anywhere: zip archives, the wheels that Glue's jobs lack, own transformations."""

from __future__ import annotations

import ast
import hashlib
import io
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from loglake.core.schema.datasets import Datasets
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


_TAKEN = frozenset({"loglake", "loglake_cli", *sys.stdlib_module_names})


def own_code(datasets: Datasets, folder: Path) -> PackagedFile | None:
    """A zip of the modules and packages with a datasets file's transformations; None if it has no transformations.

    A package goes in whole, with its data files. It is not imported here: it may need modules that only Glue has.

    Args:
        datasets: the file's content.
        folder: the file's folder, which has the packages.

    Raises:
        ConfigError: a module or a function is missing, or a module is not Python.
    """
    names = sorted({entry.transform for entry in datasets.entries if entry.transform})
    for name in names:
        _check(name, folder)
    files = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for top in sorted({name.partition(":")[0].partition(".")[0] for name in names})
        for path in _files(folder, top)
    }
    return PackagedFile("transforms.zip", zipped(files)) if files else None


def _files(folder: Path, top: str) -> Iterator[Path]:
    if not (folder / top).is_dir():
        yield folder / f"{top}.py"
        return
    for path in sorted((folder / top).rglob("*")):
        inside = path.relative_to(folder).parts
        if path.is_file() and not any(part == "__pycache__" or part.startswith(".") for part in inside):
            yield path


def _check(name: str, folder: Path) -> None:
    module, function = name.split(":")
    if module.partition(".")[0] in _TAKEN:
        raise ConfigError(f"transform: {name}: Python or loglake has a module of that name: give yours another one.")
    place = folder.joinpath(*module.split("."))
    path = next((each for each in (place.with_suffix(".py"), place / "__init__.py") if each.is_file()), None)
    if path is None:
        raise ConfigError(
            f"transform: {name}: there is no {place.with_suffix('.py')}. The package has to be in the folder of the "
            "datasets file."
        )
    try:
        tree = ast.parse(path.read_bytes(), str(path))
    except (SyntaxError, ValueError) as error:
        raise ConfigError(f"transform: {name}: {path} is not Python: {error}.") from error
    if function not in set(_defined(tree)):
        raise ConfigError(f"transform: {name}: {path} defines no {function}.")


def _defined(tree: ast.Module) -> Iterator[str]:
    """The names that a module defines at its top level."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            yield node.name
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            yield from (each.asname or each.name for each in node.names)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
