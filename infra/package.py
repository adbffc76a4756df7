"""Builds everything that the jobs run on AWS: ``python -m infra.package FOLDER``; `make package` calls it.

That is wheels, launchers, their SHA-256 and a bill of materials. The same input gives the same bytes. SOURCE_DATE_EPOCH
sets the time of the files. `loglake deploy` builds the same by itself.
"""

from __future__ import annotations

import argparse
import email
import hashlib
import io
import uuid
import zipfile
from datetime import datetime, timezone
from email.message import Message
from pathlib import Path

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from packageurl import PackageURL
from packaging.utils import parse_wheel_filename

from loglake_cli.deploy.packaged_files import PackagedFile, downloaded_wheels, packaged_at
from loglake_cli.deploy.packaging import SUMS, Package, build_package, write_package

_SCHEMA = SchemaVersion.V1_6


def bill_of_materials(package: Package) -> PackagedFile:
    """Names the wheels and launchers of a package, with version, licence and SHA-256.

    The serial number is derived from the files, and the time is theirs, so the same package gives the same bill.
    """
    scripts = [
        Component(name=file.name, type=ComponentType.FILE, bom_ref=file.name, hashes=[_sha256(file)])
        for file in (package.export_script, package.look_script, package.convert_script)
    ]
    extra = {wheel.name: wheel for wheels in package.extra_wheels.values() for wheel in wheels}
    wheels = [_library(wheel) for wheel in (package.wheel, *extra.values())]
    digest = hashlib.sha256("".join(sorted(file.sha256 for file in package.files)).encode()).digest()
    bom = Bom(serial_number=uuid.UUID(bytes=digest[:16], version=4), components=[*scripts, *wheels])
    bom.metadata.timestamp = datetime.fromtimestamp(packaged_at(), tz=timezone.utc)
    whole = Component(
        name="loglake", version=package.version, type=ComponentType.APPLICATION, bom_ref=f"loglake@{package.version}"
    )
    bom.metadata.component = whole
    bom.register_dependency(whole, bom.components)
    text = make_outputter(bom, OutputFormat.JSON, _SCHEMA).output_as_string(indent=2)
    return PackagedFile(f"loglake-{package.version}.cdx.json", f"{text}\n".encode())


def _library(wheel: PackagedFile) -> Component:
    name, version, *_ = parse_wheel_filename(wheel.name)
    # A package has a wheel per Python, so the file's name is part of what it is called.
    purl = PackageURL("pypi", name=name, version=str(version), qualifiers={"file_name": wheel.name})
    metadata = _metadata(wheel)
    licence = metadata["License-Expression"] or metadata["License"]
    return Component(
        name=name,
        version=str(version),
        type=ComponentType.LIBRARY,
        bom_ref=purl.to_string(),
        purl=purl,
        hashes=[_sha256(wheel)],
        licenses=[LicenseFactory().make_from_string(licence)] if licence else [],
        description=metadata["Summary"],
    )


def _sha256(file: PackagedFile) -> HashType:
    return HashType(alg=HashAlgorithm.SHA_256, content=file.sha256)


def _metadata(wheel: PackagedFile) -> Message:
    with zipfile.ZipFile(io.BytesIO(wheel.content)) as archive:
        (path,) = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA") and name.count("/") == 1]
        return email.message_from_bytes(archive.read(path))


def main() -> None:
    """Writes the files into a folder, and prints their names and sizes.

    Raises:
        ConfigError: pip can't get a wheel that Glue lacks.
    """
    parser = argparse.ArgumentParser(prog="python -m infra.package", description="Builds what the jobs run on AWS.")
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    built = build_package(downloaded_wheels())
    paths = write_package([*built.files, bill_of_materials(built)], folder)
    for path in paths:
        print(f"{path.stat().st_size:>10,}  {path.name}")
    print(f"{len(paths)} files in {folder}; {SUMS} has the SHA-256 of each.")


if __name__ == "__main__":
    main()
