"""Makes small wheels, and a lock file for them."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from packaging.utils import parse_wheel_filename


def make_wheel(folder: Path, name: str, version: str, tag: str, more: Mapping[str, bytes] = {}) -> Path:
    """A wheel of one module with that tag; `more` files by their paths."""
    path = folder / f"{name}-{version}-{tag}.whl"
    info = f"{name}-{version}.dist-info"
    tags = "".join(f"Tag: {each}\n" for each in sorted(map(str, parse_wheel_filename(path.name)[3])))
    metadata = f"Metadata-Version: 2.4\nName: {name}\nVersion: {version}\nLicense-Expression: PSF-2.0\n"
    files = {
        f"{name}/__init__.py": b"",
        f"{info}/METADATA": metadata.encode(),
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: false\n{tags}".encode(),
        f"{info}/RECORD": b"",
        **more,
    }
    with zipfile.ZipFile(path, "w") as archive:
        for file, content in files.items():
            archive.writestr(file, content)
    return path


def lock_of(wheels: Iterable[Path]) -> str:
    """A lock file as uv writes it, of wheels of one package."""
    paths = list(wheels)
    name, version, *_ = parse_wheel_filename(paths[0].name)
    hashes = [f"    --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}" for path in paths]
    return " \\\n".join([f"{name}=={version}", *hashes]) + "\n    # via -r requirements/glue.in\n"
