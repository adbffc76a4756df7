"""HTTP requests as a server receives them, signed or not."""

from __future__ import annotations

import io
from typing import Any

FORM = "application/x-www-form-urlencoded"


def environ(method: str, path: str, service: str = "", **more: Any) -> Any:
    """The WSGI environment of a request, signed if a service is named."""
    signed = {"HTTP_AUTHORIZATION": f"AWS4-HMAC-SHA256 Credential=key/20261121/eu-west-1/{service}/aws4_request, S=x"}
    return {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "1",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(b"body"),
        **(signed if service else {}),
        **more,
    }
