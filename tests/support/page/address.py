"""The address of a running page: its token is the fragment, which no browser sends."""

from __future__ import annotations

from urllib.parse import urldefrag


def authorization(page: str) -> dict[str, str]:
    """The header with the page's token, as the page itself sends it."""
    return {"Authorization": f"Bearer {urldefrag(page).fragment.removeprefix('token=')}"}
