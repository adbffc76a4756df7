"""The Glue wheel and the other files that are deployed beside templates."""

from __future__ import annotations

import email
import io
import json
import re
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import tomllib

from loglake.core.schema.datasets import Datasets, load_datasets
from loglake.errors import ConfigError
from loglake_cli.deploy import artifacts

if TYPE_CHECKING:
    from email.message import Message

pytestmark = pytest.mark.infra

ROOT = Path(__file__).parents[2]


class _PuttingS3:
    """The one call that an upload makes."""

    def __init__(self) -> None:
        self.objects: dict[tuple[str, str], bytes] = {}

    def put_object(self, *, Bucket: str, Key: str, Body: bytes) -> None:  # noqa: N803 - as boto3 has it
        self.objects[Bucket, Key] = Body


@pytest.fixture(scope="module")
def wheel() -> zipfile.ZipFile:
    name, content = artifacts.build_wheel()
    assert re.fullmatch(r"loglake_glue-\d+\.\d+\.\d+-py3-none-any\.whl", name)
    return zipfile.ZipFile(io.BytesIO(content))


@pytest.fixture(scope="module")
def built() -> artifacts.Artifacts:
    return artifacts.build(artifacts.read_datasets())


def _metadata(wheel: zipfile.ZipFile) -> Message:
    (path,) = [name for name in wheel.namelist() if name.endswith(".dist-info/METADATA")]
    return email.message_from_bytes(wheel.read(path))


def test_the_wheel_is_loglake_alone_every_file_of_it_and_nothing_compiled(wheel: zipfile.ZipFile) -> None:
    packed = {name for name in wheel.namelist() if ".dist-info/" not in name}
    sources = {str(path.relative_to(ROOT / "glue_jobs")) for path in (ROOT / "glue_jobs" / "loglake").rglob("*.py")}
    assert packed == sources | {"loglake/py.typed"}


def test_the_wheel_runs_on_python_3_9_and_asks_pip_for_nothing(wheel: zipfile.ZipFile) -> None:
    metadata = _metadata(wheel)
    assert metadata["Requires-Python"] == ">=3.9"
    assert metadata.get_all("Requires-Dist") is None
    assert metadata["Metadata-Version"] == "2.1"


def test_the_wheel_has_the_version_of_the_project(wheel: zipfile.ZipFile) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert _metadata(wheel)["Version"] == project["version"]


def test_two_builds_are_the_same_bytes_and_leave_nothing_behind() -> None:
    before = sorted((ROOT / "infra").rglob("*"))
    assert artifacts.build_wheel() == artifacts.build_wheel()
    assert [path for path in sorted((ROOT / "infra").rglob("*")) if path not in before] == []


def test_upload_names_the_content_in_the_keys(built: artifacts.Artifacts) -> None:
    s3 = _PuttingS3()
    uris = artifacts.upload(s3, "control", built)  # type: ignore[arg-type]
    folder = re.fullmatch(r"s3://control/artifacts/([0-9a-f]{16})/export_logs\.py", uris.export_script_uri)
    assert folder
    assert uris.convert_script_uri == f"s3://control/artifacts/{folder[1]}/convert_logs.py"
    assert uris.wheel_uri == f"s3://control/artifacts/{folder[1]}/{built.wheel_name}"
    assert re.fullmatch(r"s3://control/config/datasets-[0-9a-f]{16}\.json", uris.datasets_uri)
    assert s3.objects == {
        ("control", f"artifacts/{folder[1]}/{built.wheel_name}"): built.wheel,
        ("control", f"artifacts/{folder[1]}/export_logs.py"): built.export_script,
        ("control", f"artifacts/{folder[1]}/convert_logs.py"): built.convert_script,
        ("control", uris.datasets_uri.removeprefix("s3://control/")): built.datasets,
    }


def test_upload_gives_other_content_another_key(built: artifacts.Artifacts) -> None:
    changed = artifacts.Artifacts(
        built.wheel_name, built.wheel, built.export_script + b"\n", built.convert_script, built.datasets
    )
    first = artifacts.upload(_PuttingS3(), "control", built)  # type: ignore[arg-type]
    second = artifacts.upload(_PuttingS3(), "control", changed)  # type: ignore[arg-type]
    assert first.wheel_uri != second.wheel_uri
    assert first.datasets_uri == second.datasets_uri


def test_the_uris_are_parameters_of_the_stack_that_needs_them(built: artifacts.Artifacts) -> None:
    parameters = artifacts.upload(_PuttingS3(), "control", built).parameters()  # type: ignore[arg-type]
    assert set(parameters) == {"WheelUri", "ExportScriptUri", "ConvertScriptUri", "DatasetsUri"}


def test_datasets_go_up_as_the_json_that_jobs_read(built: artifacts.Artifacts) -> None:
    assert load_datasets(json.loads(built.datasets)) == artifacts.read_datasets()


@pytest.mark.parametrize(
    ("group", "table", "kind"),
    [
        ("/app/shop", "app_shop", "json"),
        ("/aws/lambda/checkout", "aws_lambda", "lambda"),
        ("/vpc/flow", "vpc_flow", "vpc_flow"),
    ],
)
def test_the_shipped_datasets_cover_the_sample(group: str, table: str, kind: str) -> None:
    dataset = artifacts.read_datasets().find(group)
    assert dataset is not None
    assert (dataset.table_for(group), dataset.format, dataset.ingest) == (table, kind, "export")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("datasets: [", "is no YAML"),
        ("datasets: []", "lists no dataset"),
        ("datasets: [{log_groups: [/a], format: xml}]", "dataset 1: format: 'xml' must be one of"),
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


def test_datasets_may_be_written_as_json(tmp_path: Path) -> None:
    path = tmp_path / "datasets.json"
    path.write_text('{"datasets": [{"log_groups": ["/a"]}]}')
    datasets: Any = artifacts.read_datasets(path)
    assert isinstance(datasets, Datasets)
    assert datasets.find("/a") is not None
