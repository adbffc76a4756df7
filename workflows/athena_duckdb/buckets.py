"""S3's names: of buckets, which can't lead out of the folder with a bucket's objects, and of objects, as URIs."""

from __future__ import annotations

import re

from athena_duckdb.errors import ConfigError

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]|\.(?!\.)){1,61}[a-z0-9]")
_IP_ADDRESS = re.compile(r"\d+\.\d+\.\d+\.\d+")
_PREFIXES = ("xn--", "sthree-", "amzn-s3-demo-")
_SUFFIXES = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")


def is_bucket_name(name: str) -> bool:
    """Whether S3 lets a general purpose bucket have a name.

    Source: Amazon S3 user guide, General purpose bucket naming rules.
    """
    return bool(
        _NAME.fullmatch(name)
        and not _IP_ADDRESS.fullmatch(name)
        and not name.startswith(_PREFIXES)
        and not name.endswith(_SUFFIXES)
    )


def check_bucket_name(name: str) -> str:
    """The name, if it is one.

    Raises:
        ConfigError: S3 has no bucket of this name.
    """
    if not is_bucket_name(name):
        raise ConfigError(
            f"{name!r} is not a name of an S3 bucket: use 3 to 63 lower-case letters, digits, hyphens and single dots, "
            "with a letter or digit at both ends."
        )
    return name


def split_s3_uri(uri: str) -> tuple[str, str]:
    """Bucket and key of an S3 URI.

    Raises:
        ConfigError: the text is not an S3 URI.
    """
    scheme, _, rest = uri.partition("://")
    bucket, _, key = rest.partition("/")
    if scheme != "s3" or not bucket:
        raise ConfigError(f"{uri!r} is not an S3 URI: write it like s3://bucket/key")
    return bucket, key
