"""Allows requests to the page's server only from browsers of this machine, for the page itself; pure.

The server listens only on loopback. That keeps other machines out, but neither other users of this machine nor other
web pages in a local browser: a page can post to any address, and if its own name resolves to 127.0.0.1 (DNS rebinding),
it can read the answers. So each start has a token, which is printed as the fragment of the page's address: browsers
send no fragment to any server. It is no cookie, because all ports of a host share cookies (RFC 6265, section 8.5).
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping

from gluelocal.cloud.wire.loopback_hosts import is_loopback

HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; "
        "form-action 'none'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
"""Headers of every answer: content of logs and tables can load and run nothing, and no other site can use it."""


def refusal(method: str, path: str, headers: Mapping[str, str], token: str) -> str | None:
    """Why a request is refused, in a sentence; None if it is allowed.

    Only browsers send Origin and Sec-Fetch-Site (Fetch Metadata Request Headers, W3C), and web pages can't leave them
    out.

    Args:
        method: the request's method.
        path: its decoded path.
        headers: Host, Origin, Sec-Fetch-Site and Authorization, if present.
        token: the token of this start.
    """
    host = headers.get("Host", "")
    if not is_loopback(host):
        return "This page is for this machine alone: open it as http://127.0.0.1 or http://localhost, with its port."
    site, origin = headers.get("Sec-Fetch-Site"), headers.get("Origin")
    is_foreign = site not in {None, "same-origin", "none"} or origin not in {None, f"http://{host}"}
    if is_foreign and method not in {"GET", "HEAD"}:
        return "Another site can't post here."
    if path == "/" or path.startswith("/static/"):  # files of loglake, with nothing of the stack
        return None
    given = headers.get("Authorization", "")
    if not hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
        return (
            "The page needs its token: open the whole address that `loglake local up` printed, with what follows the #."
        )
    return None
