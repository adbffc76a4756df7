"""What a datasets file may say of the key of hashes."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from loglake.core.schema.datasets_file import load_datasets
from loglake.core.schema.redact_key import RedactKey, checked_key
from loglake.core.schema.redaction import Redaction
from loglake.errors import ConfigError

pytestmark = pytest.mark.unit

HASH: dict[str, Any] = {"log_groups": ["/app"], "redact": [{"name": "email", "action": "hash"}]}
ARN = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:team/redact-Ab1Cd2"


@pytest.mark.parametrize(
    "given",
    [
        {"secret": "loglake/redact"},
        {"secret": ARN, "file": "redact.key"},
        {"parameter": "/loglake/redact"},
        {"parameter": "arn:aws-cn:ssm:cn-north-1:123456789012:parameter/redact"},
        {"file": "../redact.key"},
    ],
)
def test_a_key_is_named_for_jobs_and_for_this_machine(given: dict[str, str]) -> None:
    datasets = load_datasets({"datasets": [HASH], "redact_key": given})
    assert datasets.redact_key == RedactKey(**given)
    assert datasets.redact_key.is_on_aws is ("secret" in given or "parameter" in given)
    assert datasets.hashes
    assert load_datasets(datasets.to_json()) == datasets


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("s3cret", "redact_key is a mapping such as"),
        ({}, "redact_key is a mapping such as"),
        ({"key": "s3cret"}, "redact_key is a mapping such as"),
        ({"secret": 5}, "redact_key is a mapping such as .*, with a text each"),
        ({"secret": "a", "parameter": "b"}, "has a secret and a parameter: leave one of them out"),
        (
            {"secret": "a s3cret that is no name"},
            "secret is the name of a secret, or its ARN; the key itself is never here",
        ),
        ({"secret": "a53c2e7" * 8}, "the key itself is never here"),
        ({"parameter": ARN}, "parameter is the name of a parameter, or its ARN"),
    ],
)
def test_a_wrong_one_gives_a_sentence_that_does_not_repeat_it(given: Any, said: str) -> None:
    with pytest.raises(ConfigError, match=said) as raised:
        load_datasets({"datasets": [HASH], "redact_key": given})
    assert not any(key in str(raised.value) for key in ("s3cret", "a53c2e7"))


def test_a_hash_without_a_key_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"dataset 1: redact: action: hash needs a key: add `redact_key: .* beside"):
        load_datasets({"datasets": [HASH]})


def test_a_key_has_a_length() -> None:
    assert checked_key("k" * 32 + "\n", "x") == b"k" * 32
    for short in ("", " \n", "s3cret"):
        with pytest.raises(ConfigError, match=r"redact_key: the file has \d characters, .* at least 32: put") as raised:
            checked_key(short, "the file")
        assert "s3cret" not in str(raised.value)


def test_neither_text_nor_json_nor_pickle_of_the_rules_has_the_key() -> None:
    keyed = Redaction.from_json(HASH["redact"]).keyed(b"s3cret")
    assert keyed.key == b"s3cret"
    assert "s3cret" not in f"{keyed!r} {keyed.to_json()}"
    assert pickle.loads(pickle.dumps(keyed)).key == b""
