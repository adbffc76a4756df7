"""The permissions that an S3 call needs. An operation and its action often have different names.

Sources: S3 user guide, "Required permissions for Amazon S3 API operations", and the API reference of each operation.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import parse_qsl, unquote
from xml.etree import ElementTree

from gluelocal.cloud.wire.calls import Call, bucket_and_key
from gluelocal.iam.policies import UNKNOWN, Access

_ACTIONS: Mapping[str, str] = {
    "HeadObject": "GetObject",
    "SelectObjectContent": "GetObject",
    "CopyObject": "PutObject",
    "CreateMultipartUpload": "PutObject",
    "UploadPart": "PutObject",
    "UploadPartCopy": "PutObject",
    "CompleteMultipartUpload": "PutObject",
    "ListParts": "ListMultipartUploadParts",
    "HeadBucket": "ListBucket",
    "ListObjects": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "ListObjectVersions": "ListBucketVersions",
    "ListMultipartUploads": "ListBucketMultipartUploads",
    "ListBuckets": "ListAllMyBuckets",
    "GetBucketAccelerateConfiguration": "GetAccelerateConfiguration",
    "GetBucketEncryption": "GetEncryptionConfiguration",
    "PutBucketEncryption": "PutEncryptionConfiguration",
    "DeleteBucketEncryption": "PutEncryptionConfiguration",
    "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
    "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
    "DeleteBucketLifecycle": "PutLifecycleConfiguration",
    "GetBucketNotificationConfiguration": "GetBucketNotification",
    "PutBucketNotificationConfiguration": "PutBucketNotification",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
    "GetBucketCors": "GetBucketCORS",
    "PutBucketCors": "PutBucketCORS",
    "DeleteBucketTagging": "PutBucketTagging",
    "DeletePublicAccessBlock": "PutBucketPublicAccessBlock",
    "DeleteBucketOwnershipControls": "PutBucketOwnershipControls",
}
_OF_A_VERSION = frozenset({"GetObject", "DeleteObject", "GetObjectAcl", "PutObjectAcl", "GetObjectTagging"})
_ALSO = {"HTTP_X_AMZ_TAGGING": "s3:PutObjectTagging", "HTTP_X_AMZ_ACL": "s3:PutObjectAcl"}
"""The additional action for a header of a put."""

_HEADER_KEYS = {
    "s3:x-amz-acl": "HTTP_X_AMZ_ACL",
    "s3:x-amz-server-side-encryption": "HTTP_X_AMZ_SERVER_SIDE_ENCRYPTION",
    "s3:if-match": "HTTP_IF_MATCH",
    "s3:if-none-match": "HTTP_IF_NONE_MATCH",
}


def s3_accesses(call: Call) -> Iterator[Access]:
    """The actions and ARNs that a call needs, all of them."""
    bucket, key = bucket_and_key(call)
    query = dict(parse_qsl(str(call.environ.get("QUERY_STRING", "")), keep_blank_values=True))
    context = _context(call, query)
    if call.operation == "DeleteObjects":
        for name in _keys_to_delete(call.body):
            yield Access("s3:DeleteObject", object_arn(bucket, name), context)
        return
    action = _ACTIONS.get(call.operation, call.operation)
    if action in _OF_A_VERSION and "versionId" in query:
        action += "Version"
    yield Access(f"s3:{action}", _resource(action, bucket, key), context)
    source = call.environ.get("HTTP_X_AMZ_COPY_SOURCE")
    if source:
        path = unquote(str(source).partition("?versionId=")[0]).lstrip("/")
        yield Access("s3:GetObject", f"arn:aws:s3:::{path}")
    if action == "PutObject":
        for header, also in _ALSO.items():
            if header in call.environ:
                yield Access(also, object_arn(bucket, key), context)


def bucket_arn(bucket: str) -> str:
    """The ARN of a bucket."""
    return f"arn:aws:s3:::{bucket}"


def object_arn(bucket: str, key: str) -> str:
    """The ARN of an object."""
    return f"arn:aws:s3:::{bucket}/{key}"


def _resource(action: str, bucket: str, key: str) -> str:
    if action == "ListAllMyBuckets":
        return "*"
    if not bucket:
        return UNKNOWN
    return object_arn(bucket, key) if key else bucket_arn(bucket)


def _context(call: Call, query: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    headers = {key: (str(call.environ[name]),) for key, name in _HEADER_KEYS.items() if name in call.environ}
    asked = {f"s3:{name}": (query[name],) for name in ("prefix", "delimiter", "max-keys") if name in query}
    return {**headers, **asked}


def _keys_to_delete(body: bytes) -> list[str]:
    try:
        root = ElementTree.fromstring(body)
    except ElementTree.ParseError:
        return [""]  # S3 refuses it later; until then the empty key is the resource
    return [element.text or "" for element in root.iter() if element.tag.rpartition("}")[2] == "Key"]
