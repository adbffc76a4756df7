"""The package and the datasets file, as they are uploaded."""

from __future__ import annotations

import json
import os
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from loglake.core.schema.datasets import Datasets
from loglake.core.schema.datasets_file import load_datasets
from loglake.errors import ConfigError
from loglake_cli.deploy import artifacts
from loglake_cli.deploy.packaged_files import NO_EXTRA_WHEELS, PackagedFile
from loglake_cli.deploy.packaging import Package, build_package

pytestmark = pytest.mark.infra


class _PuttingS3:
    """A client with the only call that an upload makes."""

    def __init__(self) -> None:
        self.objects: dict[tuple[str, str], bytes] = {}

    def put_object(self, *, Bucket: str, Key: str, Body: bytes) -> None:  # noqa: N803 - as boto3 has it
        self.objects[Bucket, Key] = Body


@pytest.fixture(scope="module")
def built() -> Package:
    return build_package(NO_EXTRA_WHEELS)


def uploaded(package: Package) -> tuple[artifacts.Artifacts, _PuttingS3]:
    s3 = _PuttingS3()
    return artifacts.upload(s3, "control", package, artifacts.read_datasets()), s3  # type: ignore[arg-type]


def test_upload_names_the_content_in_the_keys(built: Package) -> None:
    made, s3 = uploaded(built)
    uris = made.uris
    folder = re.fullmatch(r"s3://control/artifacts/([0-9a-f]{16})/export_logs\.py", uris["ExportScriptUri"])
    assert folder
    assert uris["LookScriptUri"] == f"s3://control/artifacts/{folder[1]}/look_landing.py"
    assert uris["ConvertScriptUri"] == f"s3://control/artifacts/{folder[1]}/convert_logs.py"
    assert uris["WheelUri"] == f"s3://control/artifacts/{folder[1]}/{built.wheel.name}"
    assert re.fullmatch(r"s3://control/config/datasets-[0-9a-f]{16}\.json", uris["DatasetsUri"])
    datasets = s3.objects.pop(("control", uris["DatasetsUri"].removeprefix("s3://control/")))
    assert s3.objects == {("control", f"artifacts/{folder[1]}/{file.name}"): file.content for file in built.files}
    assert load_datasets(json.loads(datasets)) == artifacts.read_datasets()


def test_upload_gives_other_content_another_key(built: Package) -> None:
    changed = replace(built, export_script=PackagedFile("export_logs.py", built.export_script.content + b"\n"))
    (first, _), (second, _) = uploaded(built), uploaded(changed)
    assert first.uris["WheelUri"] != second.uris["WheelUri"]
    assert first.uris["DatasetsUri"] == second.uris["DatasetsUri"]


def test_the_uris_are_parameters_of_the_stack_that_needs_them(built: Package) -> None:
    made, _ = uploaded(built)
    parameters = made.parameters("6.0")
    scripts = {"ExportScriptUri", "LookScriptUri", "ConvertScriptUri"}
    assert set(parameters) == {"WheelUri", "WheelsUri", "DatasetsUri", "TransformsUri"} | scripts
    assert parameters["TransformsUri"] == ""
    assert parameters["WheelsUri"].endswith("-cp313.gluewheels.zip")
    assert made.parameters("5.1")["WheelsUri"].endswith("-cp311.gluewheels.zip")


def test_the_packages_of_transformations_are_uploaded_beside_the_datasets(built: Package) -> None:
    s3, code = _PuttingS3(), PackagedFile("transforms.zip", b"PK")
    made = artifacts.upload(s3, "control", built, artifacts.read_datasets(), code)  # type: ignore[arg-type]
    assert re.fullmatch(r"s3://control/config/transforms-[0-9a-f]{16}\.zip", made.uris["TransformsUri"])
    assert s3.objects["control", made.uris["TransformsUri"].removeprefix("s3://control/")] == b"PK"
    assert made.parameters("6.0")["TransformsUri"] == made.uris["TransformsUri"]


def test_a_glue_version_that_loglake_has_no_wheels_for_is_refused(built: Package) -> None:
    with pytest.raises(ConfigError, match=r"GlueVersion is 6\.0 or 5\.1, and not '4\.0'"):
        uploaded(built)[0].parameters("4.0")


@pytest.mark.parametrize(
    ("group", "table", "kind", "ingest"),
    [
        ("/app/shop", "app_shop", "json", "export"),
        ("/aws/lambda/checkout", "aws_lambda", "lambda", "auto"),
        ("/vpc/flow", "vpc_flow", "vpc_flow", "read"),
    ],
)
def test_the_shipped_datasets_cover_the_sample(group: str, table: str, kind: str, ingest: str) -> None:
    dataset = artifacts.read_datasets().find(group)
    assert dataset is not None
    assert (dataset.table_for(group), dataset.format, dataset.ingest) == (table, kind, ingest)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("datasets: [", "is not YAML"),
        ("datasets: []", "lists no dataset"),
        ("datasets: [{log_groups: [/a], format: xml}]", "dataset 1: format: 'xml' is not known"),
        (
            "datasets: [{log_groups: [/a], format: grok, pattern: [x], patterns: {A: b}}]",
            "format grok needs a pattern, such as",
        ),
        ("datasets: [{log_groups: [/a], format: regex, pattern: '(?P<a>b)(?=c)'}]", "RE2, which refuses it"),
        (
            "datasets: [{log_groups: [/a], format: vpc_flow, fields: [vpcid]}]",
            "dataset 1: fields: vpc_flow has no 'vpcid'",
        ),
    ],
)
def test_a_wrong_datasets_file_is_an_error_that_names_it(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "datasets.yaml"
    path.write_text(content)
    with pytest.raises(ConfigError, match=re.escape(str(path))) as error:
        artifacts.read_datasets(path)
    assert message in str(error.value)


def test_a_missing_datasets_file_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.yaml can't be read: No such file"):
        artifacts.read_datasets(tmp_path / "nowhere.yaml")


def test_a_file_that_a_dataset_names_goes_along(tmp_path: Path) -> None:
    definition = '{"a": {"regex": {"r": {"pattern": "^(?<who>.+) (?<body>.+)$"}}}}'
    (tmp_path / "formats").mkdir()
    (tmp_path / "formats" / "a.lnav.json").write_text(definition)
    path = tmp_path / "datasets.yaml"
    path.write_text("datasets: [{log_groups: [/a], format: lnav, file: formats/a.lnav.json}]")
    datasets = artifacts.read_datasets(path)
    assert datasets.entries[0].pattern == definition
    assert load_datasets(json.loads(json.dumps(datasets.to_json()))) == datasets


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "can't be read: No such file"),
        (b"\xff", "is not text in UTF-8"),
        (b"a" * 800_001, "has more than 800,000 bytes: name a smaller one"),
    ],
)
def test_a_file_that_can_not_be_read_is_named(tmp_path: Path, content: bytes | None, said: str) -> None:
    path = tmp_path / "datasets.yaml"
    path.write_text("datasets: [{log_groups: [/a], format: lnav, file: a.json}]")
    if content:
        (tmp_path / "a.json").write_bytes(content)
    with pytest.raises(ConfigError, match=rf"dataset 1: file: .*a\.json {said}"):
        artifacts.read_datasets(path)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("../a.json", "is outside of the folder of the datasets file: move it there"),
        ("/dev/zero", "is outside of the folder"),
        ("zero.json", "is outside of the folder"),
        ("formats", "is no file with a definition"),
        ("pipe.json", "is no file with a definition"),
        (r'"a\0b"', "is not the name of a file"),
    ],
)
def test_only_files_of_the_folder_go_along(tmp_path: Path, name: str, said: str) -> None:
    folder = tmp_path / "project"
    (folder / "formats").mkdir(parents=True)
    (tmp_path / "a.json").write_text("{}")
    (folder / "zero.json").symlink_to("/dev/zero")
    os.mkfifo(folder / "pipe.json")
    (folder / "datasets.yaml").write_text(f"datasets: [{{log_groups: [/a], format: lnav, file: {name}}}]")
    with pytest.raises(ConfigError, match=f"dataset 1: file: .* {said}"):
        artifacts.read_datasets(folder / "datasets.yaml")


def test_datasets_may_be_written_as_json(tmp_path: Path) -> None:
    path = tmp_path / "datasets.json"
    path.write_text('{"datasets": [{"log_groups": ["/a"]}]}')
    datasets: Any = artifacts.read_datasets(path)
    assert isinstance(datasets, Datasets)
    assert datasets.find("/a") is not None
