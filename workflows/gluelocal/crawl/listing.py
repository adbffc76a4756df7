"""Lists the objects in a crawler's S3 targets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from gluelocal.crawl.settings import S3Target

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


@dataclass(frozen=True)
class DataFile:
    """An object that may hold data."""

    bucket: str
    key: str
    size_bytes: int
    modified: datetime
    etag: str = ""

    @property
    def folder(self) -> str:
        """The key up to and including its last ``/``; empty if it has none."""
        return self.key[: self.key.rfind("/") + 1]


def list_target(s3: S3Client, target: S3Target) -> Iterator[DataFile]:
    """The objects of a target in key order, without folder markers and empty objects.

    An include path is a folder, with or without its last ``/``, or a single object.
    """
    root = target.prefix.rstrip("/")
    excluded = [glob_expression(glob) for glob in target.exclusions]
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=target.bucket, Prefix=root):
        for item in page.get("Contents", []):
            key = item["Key"]
            if root and key != root and not key.startswith(f"{root}/"):
                continue  # s3://bucket/data does not include s3://bucket/data2
            relative = key[len(root) :].lstrip("/") if root else key
            if item["Size"] == 0 or any(expression.fullmatch(relative) for expression in excluded):
                continue
            yield DataFile(target.bucket, key, item["Size"], item["LastModified"], item.get("ETag", ""))


def glob_expression(glob: str) -> re.Pattern[str]:
    r"""An exclusion glob as a regular expression (Glue developer guide, "Include and exclude patterns").

    ``*`` stays within a folder, ``**`` crosses folders, ``?`` is one character, ``[a-z]`` and ``[!a-z]`` are classes,
    ``{a,b}`` are alternatives, ``\`` quotes.
    """
    pieces = re.findall(r"\*\*|\*|\?|\[!?[^\]]*\]|\{[^}]*\}|\\.|[^*?\[{\\]+|.", glob, re.DOTALL)
    return re.compile("".join(_glob_piece(piece) for piece in pieces), re.DOTALL)


def _glob_piece(piece: str) -> str:
    fixed = {"**": ".*", "*": "[^/]*", "?": "[^/]"}
    if piece in fixed:
        return fixed[piece]
    if piece[0] == "[" and len(piece) > 1:
        return "[" + piece[1:-1].replace("\\", "\\\\").replace("!", "^", 1 if piece[1] == "!" else 0) + "]"
    if piece[0] == "{" and len(piece) > 1:
        return "(?:" + "|".join(glob_expression(option).pattern for option in piece[1:-1].split(",")) + ")"
    return re.escape(piece[1:] if piece[0] == "\\" and len(piece) > 1 else piece)
