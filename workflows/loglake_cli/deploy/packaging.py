"""The files that jobs run: loglake's wheel, the launchers, and a zip of wheels for each Python of Glue's Spark jobs.

The local runtime and a real account get the same files from here. The same input gives the same bytes.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from hatchling.builders.wheel import WheelBuilder
from packaging.utils import parse_wheel_filename

import loglake
from loglake.core.temporary import TemporaryFolder
from loglake_cli.deploy.packaged_files import ExtraWheels, PackagedFile, zipped
from loglake_cli.project_files import CONVERT_LAUNCHER, EXPORT_LAUNCHER, GLUE_WHEEL_FOLDER, LOOK_LAUNCHER

SUMS = "SHA256SUMS"


@dataclass(frozen=True)
class Package:
    """What jobs run.

    Attributes:
        wheel: loglake's own wheel; Python shell jobs get it by ``--extra-py-files``.
        extra_wheels: the wheels that Glue's Spark jobs lack.
        wheel_zips: by Python version, a zip of all these wheels; the convert job gets it by
            ``--additional-python-modules``.
    """

    wheel: PackagedFile
    export_script: PackagedFile
    look_script: PackagedFile
    convert_script: PackagedFile
    extra_wheels: ExtraWheels
    wheel_zips: dict[str, PackagedFile]

    @property
    def version(self) -> str:
        """The version of loglake."""
        return str(parse_wheel_filename(self.wheel.name)[1])

    @property
    def files(self) -> tuple[PackagedFile, ...]:
        """The files for the jobs."""
        return (self.wheel, self.export_script, self.look_script, self.convert_script, *self.wheel_zips.values())


def build_package(extra_wheels: ExtraWheels) -> Package:
    """Builds everything, in memory; leaves no file behind."""
    wheel = build_wheel()
    return Package(
        wheel=wheel,
        export_script=PackagedFile(EXPORT_LAUNCHER.name, EXPORT_LAUNCHER.read_bytes()),
        look_script=PackagedFile(LOOK_LAUNCHER.name, LOOK_LAUNCHER.read_bytes()),
        convert_script=PackagedFile(CONVERT_LAUNCHER.name, CONVERT_LAUNCHER.read_bytes()),
        extra_wheels=extra_wheels,
        wheel_zips={python: _wheel_zip(python, [wheel, *wheels]) for python, wheels in extra_wheels.items()},
    )


def build_wheel() -> PackagedFile:
    """Builds loglake's wheel for Glue.

    Pure Python, the package `loglake` alone, for Python 3.9 and newer, without dependencies in its metadata. Hatchling
    gives the files a fixed order, time and mode, so that the same sources give the same bytes, in a clone and in an
    installed package.
    """
    with TemporaryFolder("wheel") as folder:
        project = Path(folder, "infra", "glue_wheel")  # as in a clone: the build file names the package from there
        shutil.copytree(GLUE_WHEEL_FOLDER, project)
        source = Path(loglake.__file__).parent
        shutil.copytree(source, Path(folder, "glue_jobs", "loglake"), ignore=shutil.ignore_patterns("__pycache__"))
        (path,) = map(Path, WheelBuilder(str(project)).build(directory=folder, versions=["standard"]))
        return PackagedFile(path.name, path.read_bytes())


def write_package(files: Iterable[PackagedFile], folder: Path) -> list[Path]:
    """Writes files into a folder, and `SUMS`, which ``sha256sum --check`` reads; sorted by name."""
    folder.mkdir(parents=True, exist_ok=True)
    ordered = sorted(files, key=lambda file: file.name)
    sums = "".join(f"{file.sha256}  {file.name}\n" for file in ordered)
    written = [*ordered, PackagedFile(SUMS, sums.encode())]
    for file in written:
        (folder / file.name).write_bytes(file.content)
    return [folder / file.name for file in written]


def _wheel_zip(python: str, wheels: list[PackagedFile]) -> PackagedFile:
    """A zip of wheels as Glue 5.0 and newer install it without an index ("Using Python libraries", Appendix A)."""
    pins = [f"{name}=={version}\n" for name, version, *_ in (parse_wheel_filename(wheel.name) for wheel in wheels)]
    files = {f"wheels/{wheel.name}": wheel.content for wheel in wheels}
    content = zipped({**files, "wheels/requirements.txt": "".join(sorted(pins)).encode()})
    version = parse_wheel_filename(wheels[0].name)[1]
    return PackagedFile(f"loglake-glue-{version}-cp{python.replace('.', '')}.gluewheels.zip", content)
