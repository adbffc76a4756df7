"""The key of hashes: a file of this machine for what runs here, and the parameters that let a job read it on AWS."""

from __future__ import annotations

import secrets
from dataclasses import replace
from pathlib import Path

from loglake.core.schema.datasets import Dataset, Datasets
from loglake.core.schema.redact_key import NO_KEY, RedactKey, checked_key
from loglake.errors import ConfigError

LOCAL_SECRET = "loglake/redact-key"
"""What the key of the file is called in the Secrets Manager of a local run."""


KEY_PARAMETERS = ("RedactSecretArn", "RedactParameterArn")
"""Of the stack access: with them convert-logs may read the key."""


def key_here(datasets: Datasets) -> bytes:
    """The key of the file that a datasets file names; empty if nothing is hashed.

    Raises:
        ConfigError: there is no such file, or it has no key.
    """
    if not datasets.hashes:
        return b""
    file = datasets.redact_key.file
    if not file:
        raise ConfigError(
            "redact_key names no file, and what runs on this machine reads the key from one: add `file: redact.key` to "
            "it, and `openssl rand -hex 32 > redact.key` makes one."
        )
    try:
        return checked_key(Path(file).read_text("utf-8"), file)
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        # What is there may be the only copy of the key that old hashes were made with, so it is not written over.
        is_missing = isinstance(error, FileNotFoundError)
        hint = f"`openssl rand -hex 32 > {file}` makes a new key" if is_missing else "Name a file with the key as text"
        raise ConfigError(f"redact_key: the file {file} can't be read: {reason}. {hint}.") from None


def keyed_here(dataset: Dataset, datasets: Datasets, *, trying: bool = False) -> Dataset:
    """An entry of a datasets file with the key of the file that this names.

    Args:
        dataset: the entry.
        datasets: the datasets file.
        trying: nothing is kept, so a key that nobody will know is enough if no file is named.

    Raises:
        ConfigError: as `key_here`.
    """
    if trying and not datasets.redact_key.file:
        return replace(dataset, redact=dataset.redact.keyed(secrets.token_bytes()))
    return replace(dataset, redact=dataset.redact.keyed(key_here(Datasets((dataset,), datasets.redact_key))))


def for_jobs(datasets: Datasets) -> Datasets:
    """The datasets as jobs on AWS get them, without a path of this machine.

    Raises:
        ConfigError: something is hashed, and no job can read the key.
    """
    if datasets.hashes and not datasets.redact_key.is_on_aws:
        raise ConfigError(
            "redact_key names a file only, which no job can read: add `secret: NAME`, a secret in Secrets Manager with "
            "the same text, or `parameter: NAME`, a SecureString of Systems Manager."
        )
    return replace(datasets, redact_key=replace(datasets.redact_key, file=""))


def key_parameters(datasets: Datasets, partition: str, place: str) -> dict[str, str]:
    """The values of `KEY_PARAMETERS`; empty ones if nothing is hashed.

    Args:
        datasets: of the deployment.
        partition: of the account.
        place: Region and account, as in an ARN.
    """
    key: RedactKey = datasets.redact_key if datasets.hashes else NO_KEY

    def arn(name: str, service: str, resource: str) -> str:
        return name if not name or name.startswith("arn:") else f"arn:{partition}:{service}:{place}:{resource}"

    secret = arn(key.secret, "secretsmanager", f"secret:{key.secret}-??????")  # it adds six characters to the name
    parameter = arn(key.parameter, "ssm", f"parameter/{key.parameter.lstrip('/')}")
    return dict(zip(KEY_PARAMETERS, (secret, parameter), strict=True))
