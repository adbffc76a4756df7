"""S3's calls as members for `accesses.yaml`, and its ARNs. S3 has them in the path, the query, the headers and XML."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote
from xml.etree import ElementTree

from gluelocal.cloud.wire.calls import Call, bucket_and_key

_HEADER_KEYS = {
    "s3:x-amz-acl": "HTTP_X_AMZ_ACL",
    "s3:x-amz-server-side-encryption": "HTTP_X_AMZ_SERVER_SIDE_ENCRYPTION",
    "s3:if-match": "HTTP_IF_MATCH",
    "s3:if-none-match": "HTTP_IF_NONE_MATCH",
}
_QUERY_KEYS = {"s3:prefix": "prefix", "s3:delimiter": "delimiter", "s3:max-keys": "max-keys"}


def s3_members(call: Call) -> dict[str, Any]:
    """The query and Amazon's headers, `bucket`, `key`, `keys` to delete, and the `source` of a copy."""
    bucket, key = bucket_and_key(call)
    source = str(call.environ.get("HTTP_X_AMZ_COPY_SOURCE", ""))
    return {
        **{name: value for name, value in call.environ.items() if name.startswith("HTTP_")},
        **dict(parse_qsl(str(call.environ.get("QUERY_STRING", "")), keep_blank_values=True)),
        "bucket": bucket or None,
        "key": key or None,
        "keys": _keys_to_delete(call.body) if call.operation == "DeleteObjects" else [],
        "source": unquote(source.partition("?versionId=")[0]).lstrip("/"),
    }


def s3_context(members: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """The condition keys of a call."""
    return {key: (str(members[name]),) for key, name in {**_HEADER_KEYS, **_QUERY_KEYS}.items() if name in members}


def bucket_arn(bucket: str) -> str:
    """The ARN of a bucket."""
    return f"arn:aws:s3:::{bucket}"


def object_arn(bucket: str, key: str) -> str:
    """The ARN of an object."""
    return f"arn:aws:s3:::{bucket}/{key}"


def _keys_to_delete(body: bytes) -> list[str]:
    try:
        root = ElementTree.fromstring(body)
    except ElementTree.ParseError:
        return []  # S3 refuses it later
    return [element.text or "" for element in root.iter() if element.tag.rpartition("}")[2] == "Key"]
