"""What stands in the place of a value if its rule says hash: the same for the same name, value and key.

A hash is HMAC-SHA256, cut to 80 bits: among a billion values, two have the same hash with a probability of one to two
million. It is one word of letters and digits, so it needs no quotes in any format. An address stays an address, in a
range that nobody has: 240.0.0.0/4, which is just 28 bits wide, or fd00::/8.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import ipaddress
import re
from collections.abc import Mapping
from typing import Callable

from loglake.kernels.redact.escapes import views

_LETTERS = 16
"""Of base32, in small letters: five bits each."""

IP_HASH = r"2[45][0-9](?:\.[0-9]{1,3}){3}|fd[0-9a-f]{2}:[0-9a-f:]+"

_NORMAL: Mapping[str, Callable[[str], str]] = {
    "email": str.lower,
    "card": lambda text: re.sub(r"\D", "", text),
    "iban": lambda text: text.replace(" ", ""),
    "phone": lambda text: re.sub(r"[^0-9+]", "", text),
}
"""Ways to write one value, by the name of the pattern."""


def hash_pattern(name: str) -> str:
    """An expression of all hashes that a rule of this name makes."""
    return IP_HASH if name == "ip" else rf"{name}_[a-z2-7]{{{_LETTERS}}}"


def hashed(name: str, text: str, key: bytes) -> str:
    """The hash of a value.

    Args:
        name: of the rule; the same value has another hash below another name.
        text: the value, as its event has it; escapes are decoded.
        key: of the deployment.
    """
    *_, view = views(text)
    text = view.text
    address = _address(text) if name == "ip" else None
    value = str(address) if address else _NORMAL.get(name, str)(text)
    digest = hmac.new(key, f"{name}\0{value}".encode("utf-8", "surrogatepass"), hashlib.sha256).digest()
    if address:
        made = bytes([0xF0 | digest[0] & 0x0F]) + digest[1:4] if address.version == 4 else b"\xfd" + digest[1:16]
        return str(ipaddress.ip_address(made))
    return f"{name}_{base64.b32encode(digest)[:_LETTERS].decode().lower()}"


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None
