"""The key of hashes, as convert-logs reads it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from moto import mock_aws

from loglake.aws import session
from loglake.aws.redact_key import read_redact_key
from loglake.core.schema.redact_key import RedactKey
from loglake.errors import ConfigError, NotFoundError

pytestmark = pytest.mark.unit

KEY = "k" * 32


@pytest.fixture
def clients(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    with mock_aws():
        yield session.client


def test_it_is_the_text_of_a_secret_by_name_or_arn(clients: Any) -> None:
    arn = clients("secretsmanager").create_secret(Name="loglake/redact", SecretString=f"{KEY}\n")["ARN"]
    assert read_redact_key(RedactKey(secret="loglake/redact")) == KEY.encode()
    assert read_redact_key(RedactKey(secret=arn, file="here.key")) == KEY.encode()


def test_it_is_a_secure_string(clients: Any) -> None:
    clients("ssm").put_parameter(Name="/loglake/redact", Value=KEY, Type="SecureString")
    assert read_redact_key(RedactKey(parameter="/loglake/redact")) == KEY.encode()


def test_what_anybody_may_read_is_no_key(clients: Any) -> None:
    clients("ssm").put_parameter(Name="/loglake/redact", Value=KEY, Type="String")
    with pytest.raises(ConfigError, match="the parameter /loglake/redact is no SecureString: make it one") as raised:
        read_redact_key(RedactKey(parameter="/loglake/redact"))
    assert KEY not in str(raised.value)


def test_a_key_that_is_missing_or_short_is_named(clients: Any) -> None:
    clients("secretsmanager").create_secret(Name="short", SecretString="k" * 6)
    with pytest.raises(ConfigError, match=r"the text of the secret short has 6 characters, .* at least 32"):
        read_redact_key(RedactKey(secret="short"))
    clients("secretsmanager").create_secret(Name="bytes", SecretBinary=KEY.encode())
    with pytest.raises(ConfigError, match="the text of the secret bytes has 0 characters"):
        read_redact_key(RedactKey(secret="bytes"))
    with pytest.raises(NotFoundError, match=r"GetSecretValue on nothing: .* Make nothing, or correct redact_key of"):
        read_redact_key(RedactKey(secret="nothing"))
    with pytest.raises(NotFoundError, match=r"ssm:GetParameter on /nothing: "):
        read_redact_key(RedactKey(parameter="/nothing"))
    with pytest.raises(ConfigError, match="names a file only, which no job can read"):
        read_redact_key(RedactKey(file="here.key"))
