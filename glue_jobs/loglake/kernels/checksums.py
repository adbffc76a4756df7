"""Checksums of files, which decisions record so that a changed byte is noticed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

CHUNK_BYTES = 1 << 20


def sha256_of_file(path: str) -> str:
    """The SHA-256 of a local file, as hex digits. Never whole in memory."""
    with open(path, "rb") as file:
        return sha256_of(iter(lambda: file.read(CHUNK_BYTES), b""))


def sha256_of(chunks: Iterable[bytes]) -> str:
    """The SHA-256 of content that comes in chunks, as hex digits."""
    digest = hashlib.sha256()
    for chunk in chunks:
        digest.update(chunk)
    return digest.hexdigest()
