"""DeleteObjects if only some keys may be deleted: S3 answers 200, deletes these, and lists the others as errors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from xml.sax.saxutils import escape

from gluelocal.cloud.wire.calls import Answer, Call


def delete_the_others(s3: Any, call: Call, bucket: str, allowed: Iterable[str], refused: Mapping[str, str]) -> Answer:
    """Deletes the allowed keys, and answers.

    Args:
        s3: a client that may delete them.
        call: the request.
        bucket: the request's bucket.
        allowed: the keys to delete.
        refused: the keys not to delete, each with S3's message.
    """
    keys = [{"Key": key} for key in allowed]
    if keys:
        s3.delete_objects(Bucket=bucket, Delete={"Objects": keys, "Quiet": True})
    quiet = b"<Quiet>true</Quiet>" in call.body
    entries = [] if quiet else [f"<Deleted><Key>{escape(each['Key'])}</Key></Deleted>" for each in keys]
    entries += [
        f"<Error><Key>{escape(key)}</Key><Code>AccessDenied</Code><Message>{escape(message)}</Message></Error>"
        for key, message in refused.items()
    ]
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<DeleteResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">{"".join(entries)}</DeleteResult>'
    )
    return Answer(200, [("Content-Type", "application/xml")], body.encode())
