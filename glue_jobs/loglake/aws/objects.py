"""A bucket for the pipelines."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Callable

from botocore.exceptions import ClientError

from loglake.aws import session
from loglake.aws.faults import translated
from loglake.aws.sdk_additions import add_conditional_writes
from loglake.core.cloud_types import ObjectInfo
from loglake.core.units import s3_uri, to_ms
from loglake.errors import AccessDeniedError, AlreadyExistsError, NotFoundError, ServiceError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import ObjectIdentifierTypeDef

_DELETE_LIMIT = 1000  # keys in one DeleteObjects call
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class S3ObjectStore:
    """Implements `core.ports.ObjectStore` on an S3 bucket, or on what lies below a prefix of one.

    Args:
        client: for S3.
        bucket: its name.
        prefix: what comes before each key, in arguments and results; empty, or with a slash at its end.

    Attributes:
        bucket: its name.
    """

    def __init__(self, client: S3Client, bucket: str, prefix: str = "") -> None:
        add_conditional_writes(client)
        self._s3 = client
        self.bucket = bucket
        self._prefix = prefix

    def list(self, prefix: str) -> Iterator[ObjectInfo]:
        """All objects under a prefix, in the order of their keys."""
        whole = self._prefix + prefix
        with translated("s3:ListBucket", s3_uri(self.bucket, whole)):
            for page in self._s3.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=whole):
                for item in page.get("Contents", []):
                    key = item["Key"][len(self._prefix) :]
                    yield ObjectInfo(key, item["Size"], changed_ms=to_ms(item["LastModified"]))

    def get(self, key: str) -> bytes:
        """An object's content."""
        with translated("s3:GetObject", self._uri(key)):
            return self._s3.get_object(Bucket=self.bucket, Key=self._prefix + key)["Body"].read()

    def read(self, key: str, chunk_bytes: int) -> Iterator[bytes]:
        """An object's content in chunks of at most `chunk_bytes`."""
        with translated("s3:GetObject", self._uri(key)):
            body = self._s3.get_object(Bucket=self.bucket, Key=self._prefix + key)["Body"]
            try:
                yield from body.iter_chunks(chunk_bytes)
            finally:
                body.close()

    def read_part(self, key: str, offset: int, size: int) -> bytes:
        """The bytes of an object's content from an offset on."""
        with translated("s3:GetObject", self._uri(key)):
            try:
                part = f"bytes={offset}-{offset + size - 1}"
                answer = self._s3.get_object(Bucket=self.bucket, Key=self._prefix + key, Range=part)
            except ClientError as error:
                if error.response["Error"]["Code"] == "InvalidRange":  # the object ends before that
                    return b""
                raise
            return answer["Body"].read()

    def put(self, key: str, body: bytes) -> None:
        """Writes an object, replacing what is there."""
        with translated("s3:PutObject", self._uri(key)):
            self._s3.put_object(Bucket=self.bucket, Key=self._prefix + key, Body=body)

    def put_new(self, key: str, body: bytes) -> None:
        """Writes an object if the key is free."""
        with translated("s3:PutObject", self._uri(key)):
            self._s3.put_object(Bucket=self.bucket, Key=self._prefix + key, Body=body, IfNoneMatch="*")

    def put_file(self, key: str, path: str) -> None:
        """Writes a local file's content as an object: one PutObject, which takes up to 5 GB."""
        with translated("s3:PutObject", self._uri(key)), open(path, "rb") as content:
            self._s3.put_object(Bucket=self.bucket, Key=self._prefix + key, Body=content)

    def copy(self, source_key: str, key: str) -> None:
        """Copies inside the bucket if the target does not exist yet, which S3 checks."""
        with suppress(AlreadyExistsError), translated("s3:GetObject", self._uri(source_key)):
            self._s3.copy_object(
                Bucket=self.bucket,
                Key=self._prefix + key,
                CopySource={"Bucket": self.bucket, "Key": self._prefix + source_key},
                IfNoneMatch="*",
            )

    def exists(self, key: str) -> bool:
        """Whether there is an object at a key."""
        try:
            with translated("s3:GetObject", self._uri(key)):
                self._s3.head_object(Bucket=self.bucket, Key=self._prefix + key)
        except NotFoundError:
            return False
        return True

    def delete(self, keys: Iterable[str]) -> None:
        """Deletes objects; a missing one is not an error.

        Keys may have characters that XML can't have, such as ESC, and DeleteObjects is XML: S3 would refuse the call.
        """
        wanted = list(keys)
        for key in filter(_NOT_XML.search, wanted):
            with translated("s3:DeleteObject", self._uri(key)):
                self._s3.delete_object(Bucket=self.bucket, Key=self._prefix + key)
        identifiers: list[ObjectIdentifierTypeDef] = [
            {"Key": self._prefix + key} for key in wanted if not _NOT_XML.search(key)
        ]
        for start in range(0, len(identifiers), _DELETE_LIMIT):
            batch = identifiers[start : start + _DELETE_LIMIT]
            with translated("s3:DeleteObject", s3_uri(self.bucket, batch[0]["Key"])):
                answer = self._s3.delete_objects(Bucket=self.bucket, Delete={"Objects": batch, "Quiet": True})
            for failed in answer.get("Errors", []):  # DeleteObjects answers 200 even if keys failed
                what = f"s3:DeleteObject on {s3_uri(self.bucket, failed.get('Key', ''))}: {failed.get('Message')}"
                if failed.get("Code") != "AccessDenied":
                    raise ServiceError(what)
                raise AccessDeniedError(f"{what} Grant it to the job's role (infra/access.yaml).", "s3:DeleteObject")

    def _uri(self, key: str) -> str:
        return s3_uri(self.bucket, self._prefix + key)


def open_store(bucket: str, region: str | None = None, prefix: str = "") -> S3ObjectStore:
    """A store with its own client, for a Spark task: clients can't be sent to it.

    Args:
        bucket: its name.
        region: where it is; None is the Region that this process finds.
        prefix: see `S3ObjectStore`.
    """
    return S3ObjectStore(session.s3(region), bucket, prefix)


def open_store_here() -> Callable[[str], S3ObjectStore]:
    """`open_store` for other processes, with the Region of this one; pickle can send it.

    Glue need not set a Region for the workers of Spark. Then boto3 assumes us-east-1 for S3, and each new client is
    redirected from there, or can't reach it, for example from a private subnet.
    """
    return partial(open_store, region=session.region())
