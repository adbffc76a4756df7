"""By which names this machine is asked; pure.

A server on loopback is reached by every web page that a browser here has open, also under a name that was made to mean
127.0.0.1 (DNS rebinding). The Host header tells: a browser writes the name into it that the page asked for.
"""

from __future__ import annotations

_NAMES = frozenset({"127.0.0.1", "localhost", "[::1]"})
_BELOW = ".localhost"


def is_loopback(host: str) -> bool:
    """Whether a Host header, with or without a port, names this machine itself."""
    return _name(host) in _NAMES


def bucket_of(host: str) -> str:
    """The bucket in ``<bucket>.localhost``; empty if there is none."""
    name = _name(host)
    bucket = name.removesuffix(_BELOW) if name.endswith(_BELOW) else ""
    fits = bucket.replace("-", "").replace(".", "").isalnum() and bucket.isascii() and ".." not in bucket
    return bucket if fits and bucket[0].isalnum() else ""


def _name(host: str) -> str:
    """A Host without its port."""
    name, colon, port = host.lower().rpartition(":")
    return name if colon and port.isdigit() else host.lower()
