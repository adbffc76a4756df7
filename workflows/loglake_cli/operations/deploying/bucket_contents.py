"""Counts and empties buckets, versions included."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from loglake.errors import NotFoundError
from loglake_cli.deploy.calls import call, pages
from loglake_cli.deploy.errors import StackError


@dataclass(frozen=True)
class BucketContents:
    """How much a bucket holds, versions and delete markers included; None if not counted."""

    name: str
    objects: int | None = None
    bytes: int | None = None


def look_into(s3: Any, bucket: str, *, count: bool) -> list[BucketContents]:
    """The contents of a bucket, as a list of one; empty if there is no such bucket."""
    objects = size = 0
    try:
        call(s3, "head_bucket", bucket, Bucket=bucket)
        if not count:
            return [BucketContents(bucket)]
        for page in pages(s3, "list_object_versions", bucket, Bucket=bucket):
            versions = page.get("Versions", [])
            objects += len(versions) + len(page.get("DeleteMarkers", []))
            size += sum(each["Size"] for each in versions)
    except NotFoundError:
        return []
    return [BucketContents(bucket, objects, size)]


def empty_bucket(s3: Any, bucket: str, say: Callable[[str], None]) -> None:
    """Deletes all versions of all objects, a thousand at a time.

    Raises:
        StackError: S3 refuses to delete some, such as under Object Lock.
    """
    deleted = 0
    for page in pages(s3, "list_object_versions", bucket, Bucket=bucket):
        found = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        keys = [{"Key": each["Key"], "VersionId": each["VersionId"]} for each in found]
        if not keys:
            continue
        errors = call(s3, "delete_objects", bucket, Bucket=bucket, Delete={"Objects": keys, "Quiet": True}).get(
            "Errors", []
        )
        if errors:
            first = errors[0]
            raise StackError(
                f"{bucket} can't be emptied: {first.get('Key')}: {first.get('Message', first.get('Code'))}. Its other "
                "objects may be gone. Fix that, and run the same command again."
            )
        deleted += len(keys)
        say(f"{bucket}: {deleted:,} objects deleted")
