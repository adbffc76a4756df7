"""The uploads besides templates: the package that jobs run, and the validated datasets file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from loglake.core.schema.dataset_checks import MAX_DEFINITION
from loglake.core.schema.datasets import Datasets
from loglake.core.schema.datasets_file import load_datasets
from loglake.core.units import S3Uri, s3_uri
from loglake.errors import ConfigError
from loglake.kernels.formats.registry import check_datasets
from loglake.kernels.redact.redactor import check_redaction
from loglake_cli.deploy.calls import call
from loglake_cli.deploy.packaged_files import GLUE_PYTHONS
from loglake_cli.deploy.settings.settings import read_yaml
from loglake_cli.project_files import DATASETS_FILE

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from loglake_cli.deploy.packaged_files import PackagedFile
    from loglake_cli.deploy.packaging import Package


def read_datasets(path: Path = DATASETS_FILE) -> Datasets:
    """Reads and validates a datasets file (YAML, or JSON, which is YAML too). `RedactKey.file` becomes a whole path.

    Raises:
        ConfigError: the file, or one that it names, can't be read, is not YAML, or breaks a rule of the format; or a
            format's definition is wrong, or a format lacks a named field. Names the file.
    """
    try:
        datasets = load_datasets(read_yaml(path.read_text(encoding="utf-8")), partial(_beside, path))
        check_datasets(datasets)
        check_redaction(datasets)
    except OSError as error:
        raise ConfigError(f"the datasets file {path} can't be read: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"the datasets file {path} is not YAML: {error}") from error
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from error
    key = datasets.redact_key
    file = str((path.parent / key.file).absolute()) if key.file else ""
    return replace(datasets, redact_key=replace(key, file=file))


_MAX_BYTES = 4 * MAX_DEFINITION
"""A character has at most four bytes."""


def _beside(path: Path, name: str) -> str:
    """The text of a file that the datasets file names: one in its folder, or in a folder there."""
    try:
        file = (path.parent / name).resolve()
        if not file.is_relative_to(path.parent.resolve()):
            raise ConfigError(f"file: {name} is outside of the folder of the datasets file: move it there")
        if file.exists() and not file.is_file():
            raise ConfigError(f"file: {path.parent / name} is no file with a definition: name one")
        with file.open("rb") as content:
            found = content.read(_MAX_BYTES + 1)
        if len(found) > _MAX_BYTES:
            raise ConfigError(f"file: {path.parent / name} has more than {_MAX_BYTES:,} bytes: name a smaller one")
        return found.decode("utf-8")
    except OSError as error:
        raise ConfigError(f"file: {path.parent / name} can't be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"file: {path.parent / name} is not text in UTF-8: {error.reason}") from error
    except ValueError as error:
        raise ConfigError(f"file: {name!r} is not the name of a file: {error}") from error


@dataclass(frozen=True)
class Artifacts:
    """Files for the control bucket, before they are there.

    Keys name the content, so that no running job sees its code change. The package is in one folder,
    ``artifacts/<sha256, 16 digits>/``; the datasets file, as the JSON that jobs read, is
    ``config/datasets-<sha256, 16 digits>.json``, and the packages of own transformations ``config/transforms-….zip``.

    Attributes:
        objects: by key.
        uris: by the parameter of the stack log-lake that takes one.
        wheels_uris: a zip of wheels for each Python version.
    """

    bucket: str
    objects: Mapping[str, bytes]
    uris: Mapping[str, str]
    wheels_uris: Mapping[str, S3Uri]

    def parameters(self, glue_version: str) -> dict[str, str]:
        """The parameters of the stack log-lake for these files, if its Spark job runs on a Glue version.

        Raises:
            ConfigError: there is no zip of wheels for its Python.
        """
        if glue_version not in GLUE_PYTHONS:
            raise ConfigError(f"GlueVersion is {' or '.join(GLUE_PYTHONS)}, and not {glue_version!r}")
        return {**self.uris, "WheelsUri": self.wheels_uris[GLUE_PYTHONS[glue_version]]}

    def put(self, s3: S3Client, keys: Collection[str] | None = None) -> None:
        """Uploads the files, or only the files of some keys; a second time changes nothing."""
        for key in self.objects if keys is None else keys:
            call(
                s3,
                "put_object",
                s3_uri(self.bucket, key),
                Bucket=self.bucket,
                Key=key,
                Body=self.objects[key],
            )


def artifacts_for(
    control_bucket: str, package: Package, datasets: Datasets, code: PackagedFile | None = None
) -> Artifacts:
    """The files to upload for a package and a datasets file, with the packages of its transformations."""
    folder = f"artifacts/{_digest(*(file.content for file in package.files))}"
    config = json.dumps(datasets.to_json(), ensure_ascii=False, indent=1, sort_keys=True).encode("utf-8")
    config_key = f"config/datasets-{_digest(config)}.json"
    code_key = f"config/transforms-{_digest(code.content)}.zip" if code else ""

    def uri(file: PackagedFile) -> S3Uri:
        return s3_uri(control_bucket, f"{folder}/{file.name}")

    return Artifacts(
        control_bucket,
        {
            **{f"{folder}/{file.name}": file.content for file in package.files},
            config_key: config,
            **({code_key: code.content} if code else {}),
        },
        {
            "WheelUri": uri(package.wheel),
            "ExportScriptUri": uri(package.export_script),
            "LookScriptUri": uri(package.look_script),
            "ConvertScriptUri": uri(package.convert_script),
            "DatasetsUri": s3_uri(control_bucket, config_key),
            "TransformsUri": s3_uri(control_bucket, code_key) if code else "",
        },
        {python: uri(file) for python, file in package.wheel_zips.items()},
    )


def upload(
    s3: S3Client, control_bucket: str, package: Package, datasets: Datasets, code: PackagedFile | None = None
) -> Artifacts:
    """Uploads the result of `artifacts_for`, and returns it."""
    artifacts = artifacts_for(control_bucket, package, datasets, code)
    artifacts.put(s3)
    return artifacts


def _digest(*parts: bytes) -> str:
    """16 digits over parts, each with its length, so that no two different lists of parts look alike."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.hexdigest()[:16]
