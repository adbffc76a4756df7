"""The key of hashes on this machine, and what lets a job read it."""

from __future__ import annotations

from pathlib import Path

import pytest

from loglake.core.schema.datasets import Dataset, Datasets
from loglake.core.schema.redact_key import RedactKey
from loglake.core.schema.redaction import Redaction
from loglake.errors import ConfigError
from loglake_cli.deploy.artifacts import read_datasets
from loglake_cli.deploy.redact_key import for_jobs, key_here, key_parameters, keyed_here

pytestmark = pytest.mark.unit

KEY = "k" * 32
HASHES = Dataset(("/app",), redact=Redaction.from_json([{"name": "email", "action": "hash"}]))
PLACE = "eu-west-1:123456789012"


def datasets(**key: str) -> Datasets:
    return Datasets((HASHES,), RedactKey(**key))


def test_the_file_is_beside_the_datasets_file(tmp_path: Path) -> None:
    (tmp_path / "conf").mkdir()
    path = tmp_path / "conf" / "datasets.yaml"
    path.write_text(
        "datasets: [{log_groups: [/app], redact: [{name: email, action: hash}]}]\nredact_key: {file: ../redact.key}"
    )
    (tmp_path / "redact.key").write_text(f"{KEY}\n")
    assert key_here(read_datasets(path)) == KEY.encode()


def test_a_file_that_is_missing_or_short_is_named_with_what_makes_one(tmp_path: Path) -> None:
    file = str(tmp_path / "redact.key")
    with pytest.raises(ConfigError, match=f"{file} can't be read: No such file or directory. `openssl rand -hex 32 > "):
        key_here(datasets(file=file))
    Path(file).write_text("s3cret")
    with pytest.raises(ConfigError, match=f"redact_key: {file} has 6 characters, .* at least 32") as raised:
        key_here(datasets(file=file))
    assert "s3cret" not in str(raised.value)
    Path(file).write_bytes(b"\xff" * 40)
    with pytest.raises(ConfigError, match=r"can't be read: it is no text\. Name a file with the key"):
        key_here(datasets(file=file))


def test_no_key_is_asked_for_if_nothing_is_hashed() -> None:
    plain = Datasets((Dataset(("/app",)),), RedactKey(file="/nowhere"))
    assert key_here(plain) == b""
    assert keyed_here(plain.entries[0], plain).redact.key == b""
    assert set(key_parameters(Datasets(plain.entries, RedactKey(secret="x")), "aws", PLACE).values()) == {""}


def test_what_only_tries_makes_a_key_of_its_own() -> None:
    with pytest.raises(ConfigError, match="redact_key names no file, and what runs on this machine reads the key from"):
        keyed_here(HASHES, datasets(secret="x"))
    tried = [keyed_here(HASHES, datasets(secret="x"), trying=True).redact.key for _ in range(2)]
    assert len({*tried}) == 2


def test_jobs_get_no_path_of_this_machine() -> None:
    assert for_jobs(datasets(secret="x", file="/home/me/redact.key")).redact_key == RedactKey(secret="x")
    with pytest.raises(ConfigError, match="names a file only, which no job can read: add `secret: NAME`"):
        for_jobs(datasets(file="redact.key"))


@pytest.mark.parametrize(
    ("key", "secret", "parameter"),
    [
        ({"secret": "a/b"}, f"arn:aws:secretsmanager:{PLACE}:secret:a/b-??????", ""),
        ({"secret": f"arn:aws:secretsmanager:{PLACE}:secret:b-1"}, f"arn:aws:secretsmanager:{PLACE}:secret:b-1", ""),
        ({"parameter": "/a/b"}, "", f"arn:aws:ssm:{PLACE}:parameter/a/b"),
        ({"parameter": "b"}, "", f"arn:aws:ssm:{PLACE}:parameter/b"),
    ],
)
def test_the_role_may_read_exactly_what_is_named(key: dict[str, str], secret: str, parameter: str) -> None:
    given = key_parameters(datasets(**key), "aws", PLACE)
    assert given == {"RedactSecretArn": secret, "RedactParameterArn": parameter}
