"""The licence, the pinned actions of the workflow, and the lock file."""

from __future__ import annotations

import email
import re
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import tomllib
import yaml
from hatchling.builders.wheel import WheelBuilder
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from loglake_cli.errors import EXTRAS

if TYPE_CHECKING:
    from email.message import Message

pytestmark = pytest.mark.infra

ROOT = Path(__file__).parents[2]
PROJECTS = {"loglake": ROOT, "loglake_glue": ROOT / "infra" / "glue_wheel"}
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.y*ml"))
PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")
URL = "https://github.com/loglake/loglake"


def project(folder: Path = ROOT) -> dict[str, Any]:
    table: dict[str, Any] = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
    return table


def locked() -> dict[str, list[Version]]:
    """The versions of each package; one that depends on the Python version has several."""
    found: dict[str, list[Version]] = {}
    for name, version in re.findall(r"^([\w.-]+)==([^ ;]+)", (ROOT / "requirements" / "dev.lock").read_text(), re.M):
        found.setdefault(canonicalize_name(name), []).append(Version(version))
    return found


def pins(name: str) -> dict[str, str]:
    return dict(re.findall(r"^([\w.-]+)==(.+)$", (ROOT / "requirements" / name).read_text(), re.M))


def requirements() -> list[Requirement]:
    own = project()
    texts = [*own["dependencies"], *(text for extra in own["optional-dependencies"].values() for text in extra)]
    return [known for known in map(Requirement, texts) if known.name != own["name"]]  # an extra may name another one


@pytest.fixture(scope="module", params=sorted(PROJECTS))
def wheel(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("wheels")
    (path,) = WheelBuilder(str(PROJECTS[request.param])).build(directory=str(folder), versions=["standard"])
    return zipfile.ZipFile(path)


def metadata(wheel: zipfile.ZipFile) -> Message:
    (path,) = [name for name in wheel.namelist() if name.endswith(".dist-info/METADATA")]
    return email.message_from_bytes(wheel.read(path))


def test_a_wheel_says_its_licence_and_has_its_text(wheel: zipfile.ZipFile) -> None:
    """`License` is the name of the field before metadata 2.4, which the wheel for Glue keeps to."""
    found = metadata(wheel)
    assert (found["License-Expression"] or found["License"]) == "Apache-2.0"
    (path,) = [name for name in wheel.namelist() if name.endswith(".dist-info/licenses/LICENSE")]
    assert wheel.read(path) == (ROOT / "LICENSE").read_bytes()


def test_a_wheel_says_where_the_project_is(wheel: zipfile.ZipFile) -> None:
    urls = metadata(wheel).get_all("Project-URL") or []
    assert f"Homepage, {URL}" in urls
    assert all(url.partition(", ")[2].startswith(URL) for url in urls)


def test_the_licence_is_the_whole_text_of_apache_2() -> None:
    text = (ROOT / "LICENSE").read_text()
    assert "Apache License\n                           Version 2.0, January 2004" in text
    assert [f"   {number}. " in text for number in range(1, 10)] == [True] * 9
    assert "END OF TERMS AND CONDITIONS" in text


def test_a_vulnerability_is_reported_in_private() -> None:
    assert f"{URL}/security/advisories/new" in (ROOT / "SECURITY.md").read_text()


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_uses_actions_by_commit_and_names_the_version(path: Path) -> None:
    used = re.findall(r"^\s*(?:- )?uses: *(.+)$", path.read_text(), re.M)
    assert used
    assert [each for each in used if not PINNED.fullmatch(each)] == []


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_may_read_the_repository_and_nothing_else(path: Path) -> None:
    workflow = yaml.safe_load(path.read_text())
    assert workflow["permissions"] == {}
    for job in workflow["jobs"].values():
        assert job["permissions"] == {"contents": "read"}
        checkouts = [step for step in job["steps"] if step.get("uses", "").startswith("actions/checkout@")]
        assert [step["with"]["persist-credentials"] for step in checkouts] == [False]


def test_dependabot_watches_packages_and_actions() -> None:
    updates = yaml.safe_load((ROOT / ".github" / "dependabot.yml").read_text())["updates"]
    assert {(update["package-ecosystem"], update["directory"]) for update in updates} == {
        ("pip", "/"),
        ("github-actions", "/"),
    }


def test_dependabot_leaves_alone_what_glue_pins() -> None:
    (pip,) = [
        update
        for update in yaml.safe_load((ROOT / ".github" / "dependabot.yml").read_text())["updates"]
        if update["package-ecosystem"] == "pip"
    ]
    ignored = [re.compile(each["dependency-name"].replace("*", ".*")) for each in pip["ignore"]]
    glue = {*pins("glue60.in"), "awsgluedataplanepython"}
    for name in glue | {requirement.name.lower() for requirement in requirements()}:
        assert any(each.fullmatch(name) for each in ignored) == (name in glue), name


def test_development_and_ci_run_on_what_glue_6_0_has() -> None:
    assert {name: str(*locked()[name]) for name in pins("glue60.in")} == pins("glue60.in")


def test_a_range_begins_at_what_glue_5_1_has_or_before() -> None:
    there = pins("glue51.in")
    for requirement in requirements():
        assert there.get(requirement.name, "") == "" or there[requirement.name] in requirement.specifier, requirement


def test_each_command_names_an_extra_that_there_is() -> None:
    assert {*EXTRAS.values()} <= project()["optional-dependencies"].keys()


def test_the_lock_file_has_what_the_project_asks_for() -> None:
    there = locked()
    for requirement in requirements():
        versions = there.get(canonicalize_name(requirement.name), [])
        assert any(version in requirement.specifier for version in versions), f"{requirement}: run `make lock`"


def test_the_next_major_version_of_duckdb_is_not_taken_unseen() -> None:
    (duckdb,) = [requirement for requirement in requirements() if requirement.name == "duckdb"]
    (version,) = locked()["duckdb"]
    assert version in duckdb.specifier
    assert Version(f"{version.major + 1}.0.0") not in duckdb.specifier


LOCKS = ("checkov.lock", "dev.lock", "glue.lock", "glue51.lock", "ministack.lock", "python-shell.lock")


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_file_has_hashes_and_no_addresses(name: str) -> None:
    text = (ROOT / "requirements" / name).read_text()
    assert "://" not in text
    assert not re.search(r"^\s*--(index-url|extra-index-url|find-links)", text, re.M)
    blocks = re.split(r"^(?=\w)", text, flags=re.M)[1:]
    assert blocks
    assert [block.partition("\n")[0] for block in blocks if "--hash=sha256:" not in block] == []


def test_what_glue_5_1_has_is_locked_and_the_rest_is_as_in_development() -> None:
    """Glue's own versions (`glue51.in`) come with their dependencies py4j and s3transfer."""
    folder, pinned = ROOT / "requirements", pins("glue51.in")
    ours, theirs = (
        dict(re.findall(r"^([\w.-]+)==([^ ]+)", (folder / name).read_text(), re.M))
        for name in ("dev.lock", "glue51.lock")
    )
    assert {name: theirs[name] for name in pinned} == pinned
    assert theirs.keys() == ours.keys()
    assert {name for name in ours if ours[name] != theirs[name]} <= {*pinned, "py4j", "s3transfer"}
