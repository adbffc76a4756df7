"""The names by which a request may address this machine; pure.

Every web page in a browser on this machine can reach a loopback server, even through a name that was made to resolve to
127.0.0.1 (DNS rebinding). The Host header shows this: a browser writes the name there that the page asked for.
"""

from __future__ import annotations

_NAMES = frozenset({"127.0.0.1", "localhost", "[::1]"})
_BELOW = ".localhost"


def is_loopback(host: str) -> bool:
    """Whether a Host header, with or without a port, names this machine."""
    return _name(host) in _NAMES


def bucket_of(host: str) -> str:
    """The bucket in ``<bucket>.localhost``; empty for other names."""
    name = _name(host)
    bucket = name.removesuffix(_BELOW) if name.endswith(_BELOW) else ""
    fits = bucket.replace("-", "").replace(".", "").isalnum() and bucket.isascii() and ".." not in bucket
    return bucket if fits and bucket[0].isalnum() else ""


def _name(host: str) -> str:
    """A Host without its port."""
    name, colon, port = host.lower().rpartition(":")
    return name if colon and port.isdigit() else host.lower()
