"""The bill of materials (SBOM) of a package, in CycloneDX's JSON: what jobs run that AWS does not bring."""

from __future__ import annotations

import email
import hashlib
import io
import uuid
import zipfile
from datetime import datetime, timezone
from email.message import Message

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from packageurl import PackageURL
from packaging.utils import parse_wheel_filename

from loglake_cli.deploy.packaged_files import PackagedFile, packaged_at
from loglake_cli.deploy.packaging import Package

_SCHEMA = SchemaVersion.V1_6


def bill_of_materials(package: Package) -> PackagedFile:
    """Names the wheels and launchers of a package, with version, licence and SHA-256.

    The serial number is derived from the files, and the time is theirs, so the same package gives the same bill.
    """
    scripts = [
        Component(name=file.name, type=ComponentType.FILE, bom_ref=file.name, hashes=[_sha256(file)])
        for file in (package.export_script, package.convert_script)
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
