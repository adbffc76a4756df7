"""What is deployed besides templates: the Glue wheel, the two entry scripts, and the validated datasets file."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import yaml
from hatchling.builders.wheel import WheelBuilder

import loglake
from loglake.core.schema.datasets import Datasets, load_datasets
from loglake.core.units import S3Uri, s3_uri
from loglake.errors import ConfigError
from loglake.kernels.formats.registry import check_datasets
from loglake_cli.project_files import CONVERT_LAUNCHER, DATASETS_FILE, EXPORT_LAUNCHER, GLUE_WHEEL_FOLDER

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


@dataclass(frozen=True)
class Artifacts:
    """The files, ready to upload. The same sources give the same bytes.

    Attributes:
        wheel_name: a wheel's name says what it is to pip, so it has to keep it.
        datasets: JSON, the shape that jobs read.
    """

    wheel_name: str
    wheel: bytes
    export_script: bytes
    convert_script: bytes
    datasets: bytes


@dataclass(frozen=True)
class ArtifactUris:
    """Where the uploaded files are."""

    wheel_uri: S3Uri
    export_script_uri: S3Uri
    convert_script_uri: S3Uri
    datasets_uri: S3Uri

    def parameters(self) -> dict[str, str]:
        """The parameters of the stack log_lake that they are for."""
        return {
            "WheelUri": self.wheel_uri,
            "ExportScriptUri": self.export_script_uri,
            "ConvertScriptUri": self.convert_script_uri,
            "DatasetsUri": self.datasets_uri,
        }


def build(datasets: Datasets) -> Artifacts:
    """Builds everything, in memory; leaves no file behind."""
    name, wheel = build_wheel()
    return Artifacts(
        wheel_name=name,
        wheel=wheel,
        export_script=EXPORT_LAUNCHER.read_bytes(),
        convert_script=CONVERT_LAUNCHER.read_bytes(),
        datasets=json.dumps(datasets.to_json(), ensure_ascii=False, indent=1, sort_keys=True).encode("utf-8"),
    )


def build_wheel() -> tuple[str, bytes]:
    """Builds the Glue wheel: its file name and its bytes.

    Pure Python, the package `loglake` alone, for Python 3.9 and newer, without dependencies in its metadata. Hatchling
    gives the files a fixed order, time and mode, so that the same sources give the same bytes, in a clone and where
    the package is installed.
    """
    with tempfile.TemporaryDirectory(prefix="loglake-wheel-") as folder:
        project = Path(folder, "infra", "glue_wheel")  # as in a clone: the build file names the package from there
        shutil.copytree(GLUE_WHEEL_FOLDER, project)
        source = Path(loglake.__file__).parent
        shutil.copytree(source, Path(folder, "glue_jobs", "loglake"), ignore=shutil.ignore_patterns("__pycache__"))
        built = WheelBuilder(str(project)).build(directory=folder, versions=["standard"])
        (path,) = map(Path, built)
        return path.name, path.read_bytes()


def read_datasets(path: Path = DATASETS_FILE) -> Datasets:
    """Reads and validates a datasets file (YAML, or JSON, which is YAML too).

    Raises:
        ConfigError: the file can't be read, is no YAML, or breaks a rule of the format; or RE2 refuses a pattern, or a
            format has not a field that is named. Names the file.
    """
    try:
        datasets = load_datasets(yaml.safe_load(path.read_text(encoding="utf-8")))
        check_datasets(datasets)
    except OSError as error:
        raise ConfigError(f"the datasets file {path} can't be read: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"the datasets file {path} is no YAML: {error}") from error
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from error
    return datasets


def upload(s3: S3Client, control_bucket: str, artifacts: Artifacts) -> ArtifactUris:
    """Puts the files at keys that name their content, so that a running job never sees its code change.

    The wheel and the scripts share one folder, ``artifacts/<sha256, 16 digits>/``; the datasets file is
    ``config/datasets-<sha256, 16 digits>.json``.
    """
    folder = f"artifacts/{_digest(artifacts.wheel, artifacts.export_script, artifacts.convert_script)}"

    def put(key: str, body: bytes) -> S3Uri:
        s3.put_object(Bucket=control_bucket, Key=key, Body=body)
        return s3_uri(control_bucket, key)

    return ArtifactUris(
        wheel_uri=put(f"{folder}/{artifacts.wheel_name}", artifacts.wheel),
        export_script_uri=put(f"{folder}/export_logs.py", artifacts.export_script),
        convert_script_uri=put(f"{folder}/convert_logs.py", artifacts.convert_script),
        datasets_uri=put(f"config/datasets-{_digest(artifacts.datasets)}.json", artifacts.datasets),
    )


def _digest(*parts: bytes) -> str:
    """16 digits over parts, each with its length, so that no two different lists of parts look alike."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.hexdigest()[:16]
