"""What a request is, read from its signature, headers and path."""

from __future__ import annotations

import io
from typing import Any

import pytest

from workflows.local.cloud.calls import read_call

pytestmark = pytest.mark.unit


def environ(method: str, path: str, service: str = "", **more: Any) -> Any:
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


def test_a_signed_call() -> None:
    call = read_call(environ("PUT", "/bucket/a/key", "s3"))
    assert (call.service, call.operation, call.protocol) == ("s3", "PutObject", "rest-xml")
    assert (call.access_key, call.region, call.path, call.body) == ("key", "eu-west-1", "/bucket/a/key", b"body")


def test_a_call_that_signs_with_another_name() -> None:
    call = read_call(environ("POST", "/", "monitoring", HTTP_X_AMZ_TARGET="GraniteServiceVersion20100801.ListMetrics"))
    assert (call.service, call.operation, call.protocol) == ("cloudwatch", "ListMetrics", "json")


def test_a_call_that_nobody_signed() -> None:
    call = read_call(environ("GET", "/moto-api/data.json"))
    assert (call.service, call.operation, call.access_key, call.region) == ("", "", "", "us-east-1")
    assert call.protocol == "rest-xml"


def test_a_call_that_the_model_does_not_know() -> None:
    call = read_call(environ("PATCH", "/bucket/key", "s3"))
    assert (call.service, call.operation) == ("s3", "")
    assert call.body == b"body"
