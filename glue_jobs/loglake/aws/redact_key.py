"""The key of hashes, where a datasets file says that it is."""

from __future__ import annotations

from loglake.aws import session
from loglake.aws.faults import translated
from loglake.core.schema.redact_key import RedactKey, checked_key
from loglake.errors import ConfigError


def read_redact_key(place: RedactKey) -> bytes:
    """Reads the key from Secrets Manager or Systems Manager. It is to stay in memory.

    Raises:
        ConfigError: it is too short, or it is not encrypted where it is.
        AccessDeniedError, NotFoundError: it can't be read.
    """
    if place.secret:
        with translated("secretsmanager:GetSecretValue", place.secret):
            secret = session.client("secretsmanager").get_secret_value(SecretId=place.secret)
        return checked_key(secret.get("SecretString", ""), f"the text of the secret {place.secret}")
    if not place.parameter:
        raise ConfigError(
            "redact_key names a file only, which no job can read: add a secret or a parameter, and deploy."
        )
    with translated("ssm:GetParameter", place.parameter):
        found = session.client("ssm").get_parameter(Name=place.parameter, WithDecryption=True)["Parameter"]
    if found["Type"] != "SecureString":
        raise ConfigError(f"redact_key: the parameter {place.parameter} is no SecureString: make it one.")
    return checked_key(found["Value"], f"the parameter {place.parameter}")
