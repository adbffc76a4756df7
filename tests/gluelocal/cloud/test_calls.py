"""Reading service, operation and Region of a request from its signature, headers and path."""

from __future__ import annotations

import pytest
from support.local.requests import FORM, environ

from gluelocal.cloud.wire.calls import read_call

pytestmark = pytest.mark.unit


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


@pytest.mark.parametrize("service", ["lambda", "dynamodb", "sts"])
def test_a_call_in_a_protocol_that_the_service_does_not_speak(service: str) -> None:
    form = environ("POST", "/", service, CONTENT_TYPE=FORM, CONTENT_LENGTH="4")
    assert (read_call(form).service, read_call(form).operation) == (service, "")
