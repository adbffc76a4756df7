"""The jobs' files: the Glue wheel, zips of wheels, their hashes and the bill of materials."""

from __future__ import annotations

import email
import io
import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import tomllib
from cyclonedx.schema import SchemaVersion
from support.wheels import lock_of, make_wheel

from infra.package import bill_of_materials
from loglake.errors import ConfigError
from loglake_cli.deploy.packaged_files import NO_EXTRA_WHEELS, ExtraWheels, downloaded_wheels
from loglake_cli.deploy.packaging import SUMS, Package, build_package, build_wheel, write_package
from loglake_cli.project_files import GLUE_LOCK

if TYPE_CHECKING:
    from email.message import Message

pytestmark = pytest.mark.infra

ROOT = Path(__file__).parents[2]
TAGS = ("cp311-cp311-manylinux2014_x86_64.manylinux_2_28_x86_64", "cp313-cp313-manylinux_2_34_x86_64")


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lock, and a folder with its wheels and other files."""
    folder = tmp_path_factory.mktemp("wheels")
    made = [make_wheel(folder, "isal", "1.9.1", tag) for tag in TAGS]
    (folder / "glue.lock").write_text(lock_of(made))
    for other in (*(tag.replace("x86_64", "aarch64") for tag in TAGS), "cp313-cp313-manylinux_2_39_x86_64"):
        make_wheel(folder, "isal", "1.9.1", other)
    make_wheel(folder, "isal", "1.9.0", TAGS[0])
    make_wheel(folder, "other", "1.9.1", "py3-none-any")
    (folder / "odd.whl").write_bytes(b"")
    return folder


def taken_from(folder: Path, lock: Path) -> ExtraWheels:
    """The wheels of a lock that pip takes from a folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PIP_NO_INDEX", "1")
        patch.setenv("PIP_FIND_LINKS", str(folder))
        return downloaded_wheels(lock)


@pytest.fixture(scope="module")
def package(wheels: Path) -> Package:
    return build_package(taken_from(wheels, wheels / "glue.lock"))


@pytest.fixture(scope="module")
def wheel(package: Package) -> zipfile.ZipFile:
    assert re.fullmatch(r"loglake_glue-\d+\.\d+\.\d+-py3-none-any\.whl", package.wheel.name)
    return zipfile.ZipFile(io.BytesIO(package.wheel.content))


def _metadata(wheel: zipfile.ZipFile) -> Message:
    (path,) = [name for name in wheel.namelist() if name.endswith(".dist-info/METADATA")]
    return email.message_from_bytes(wheel.read(path))


def test_the_wheel_is_loglake_alone_every_file_of_it_and_nothing_compiled(wheel: zipfile.ZipFile) -> None:
    packed = {name for name in wheel.namelist() if ".dist-info/" not in name}
    sources = {str(path.relative_to(ROOT / "glue_jobs")) for path in (ROOT / "glue_jobs" / "loglake").rglob("*.py")}
    library = {str(path.relative_to(ROOT / "glue_jobs")) for path in (ROOT / "glue_jobs" / "loglake").rglob("*.toml")}
    data = {"loglake/py.typed", "loglake/__init__.pyi", "loglake/kernels/formats/imports/grok_patterns.txt"}
    assert "loglake/kernels/formats/library/aws.toml" in library
    assert packed == sources | data | library


def test_the_wheel_runs_on_python_3_9_and_asks_pip_for_nothing(wheel: zipfile.ZipFile) -> None:
    metadata = _metadata(wheel)
    assert metadata["Requires-Python"] == ">=3.9"
    assert metadata.get_all("Requires-Dist") is None
    assert metadata["Metadata-Version"] == "2.1"


def test_the_wheel_has_the_version_of_the_project(wheel: zipfile.ZipFile) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert _metadata(wheel)["Version"] == project["version"]


def test_two_builds_are_the_same_bytes_and_leave_nothing_behind(package: Package) -> None:
    before = sorted((ROOT / "infra").rglob("*"))
    assert build_wheel() == package.wheel
    assert [path for path in sorted((ROOT / "infra").rglob("*")) if path not in before] == []


def test_a_zip_has_the_wheels_for_its_python_and_their_pins(package: Package) -> None:
    version = package.version
    for python, tag in zip(("3.11", "3.13"), TAGS, strict=True):
        file = package.wheel_zips[python]
        assert file.name == f"loglake-glue-{version}-cp{python.replace('.', '')}.gluewheels.zip"
        with zipfile.ZipFile(io.BytesIO(file.content)) as archive:
            names = [f"isal-1.9.1-{tag}.whl", package.wheel.name, "requirements.txt"]
            assert archive.namelist() == [f"wheels/{name}" for name in names]
            assert archive.read(f"wheels/{package.wheel.name}") == package.wheel.content
            assert archive.read("wheels/requirements.txt").decode() == f"isal==1.9.1\nloglake-glue=={version}\n"


def test_pip_installs_a_zip_without_an_index_as_glue_does(package: Package, tmp_path: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(package.wheel_zips["3.13"].content)) as archive:
        archive.extractall(tmp_path)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--no-compile"]
    there = ["--python-version", "3.13", "--platform", "manylinux_2_34_x86_64", "--only-binary", ":all:"]
    options = [
        "--no-index",
        "--find-links",
        "wheels",
        "--requirement",
        "wheels/requirements.txt",
        "--target",
        "modules",
    ]
    subprocess.run([*pip, *there, *options], cwd=tmp_path, check=True)
    assert (tmp_path / "modules" / "loglake" / "entrypoints" / "convert_logs.py").is_file()
    assert (tmp_path / "modules" / "isal" / "__init__.py").is_file()


def test_the_same_input_gives_the_same_bytes_in_another_folder_at_another_time(
    wheels: Path, package: Package, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for path in sorted(wheels.iterdir(), reverse=True):
        (elsewhere / path.name).write_bytes(path.read_bytes())
        os.utime(elsewhere / path.name, (10**9, 10**9))
    again = build_package(taken_from(elsewhere, elsewhere / "glue.lock"))
    first, second = (
        write_package([*each.files, bill_of_materials(each)], tmp_path / name)
        for each, name in ((package, "first"), (again, "second"))
    )
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]
    assert len(first) == 8


def test_the_files_bear_the_time_of_source_date_epoch(wheels: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1767225600")
    built = build_package(taken_from(wheels, wheels / "glue.lock"))
    for file in (built.wheel, *built.wheel_zips.values()):
        with zipfile.ZipFile(io.BytesIO(file.content)) as archive:
            assert {entry.date_time for entry in archive.infolist()} == {(2026, 1, 1, 0, 0, 0)}
    bill = json.loads(bill_of_materials(built).content)
    assert bill["metadata"]["timestamp"] == "2026-01-01T00:00:00+00:00"


def test_the_sums_are_those_of_the_files(package: Package, tmp_path: Path) -> None:
    folder = tmp_path / "made" / "if need be"
    paths = write_package(package.files, folder)
    assert {path.name for path in paths} == {SUMS, *(file.name for file in package.files)}
    subprocess.run(["sha256sum", "--check", "--strict", SUMS], cwd=folder, check=True, capture_output=True)


def test_the_bill_of_materials_names_what_jobs_run(package: Package) -> None:
    from cyclonedx.validation.json import JsonStrictValidator  # noqa: PLC0415 - a second, and this test alone needs it

    file = bill_of_materials(package)
    assert file.name == f"loglake-{package.version}.cdx.json"
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(file.content.decode()) is None
    bill = json.loads(file.content)
    shipped = [
        package.wheel,
        package.export_script,
        package.look_script,
        package.convert_script,
        *sum(package.extra_wheels.values(), ()),
    ]
    assert sorted(each["hashes"][0]["content"] for each in bill["components"]) == sorted(
        each.sha256 for each in shipped
    )
    licences = {each["name"]: each["licenses"] for each in bill["components"] if each["type"] == "library"}
    assert licences["loglake-glue"] == [{"license": {"id": "Apache-2.0"}}]
    assert licences["isal"] == [{"license": {"id": "PSF-2.0"}}]


def test_another_package_has_a_bill_of_another_number(package: Package) -> None:
    other = build_package(NO_EXTRA_WHEELS)
    numbers = {json.loads(bill_of_materials(each).content)["serialNumber"] for each in (package, other)}
    assert len(numbers) == 2


def test_a_wheel_that_is_not_there_is_named_in_the_words_of_pip(tmp_path: Path) -> None:
    with pytest.raises(
        ConfigError, match=r"can't download the wheels of glue\.lock for Python 3\.13: .*isal.*PIP_FIND_LINKS"
    ):
        taken_from(tmp_path, GLUE_LOCK)


def test_a_wheel_for_a_newer_system_than_glues_does_not_do(wheels: Path, tmp_path: Path) -> None:
    make_wheel(tmp_path, "isal", "1.9.1", "cp313-cp313-manylinux_2_39_x86_64")
    with pytest.raises(ConfigError, match=r"for Python 3\.13: .*isal==1\.9\.1"):
        taken_from(tmp_path, wheels / "glue.lock")


def test_a_wheel_of_another_hash_than_the_locks_is_refused(wheels: Path, tmp_path: Path) -> None:
    for tag in TAGS:
        make_wheel(tmp_path, "isal", "1.9.1", tag, {"isal/evil.py": b""})
    with pytest.raises(ConfigError, match=r"DO NOT MATCH THE HASHES .*isal-1\.9\.1-cp313"):
        taken_from(tmp_path, wheels / "glue.lock")


def test_the_lock_has_the_versions_that_the_tests_run_on() -> None:
    everything = (ROOT / "requirements" / "dev.lock").read_text()
    locked = re.findall(r"^([\w.-]+==\S+) ((?:.*\n[ \t].*)*)", GLUE_LOCK.read_text(), re.MULTILINE)
    assert locked
    for pin, rest in locked:
        assert "--hash=sha256:" in rest
        assert re.search(rf"^{re.escape(pin)} ", everything, re.MULTILINE)
