"""Answers of an embedded AWS, as they are before boto3 parses them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any
from xml.etree import ElementTree

from gluelocal.cloud.wire.json_service import shape_problem
from gluelocal.cloud.wire.service_models import service_model


class Recorder:
    """Records the response bodies before boto3 parses them."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []

    def __call__(self, response_dict: dict[str, Any], **_: Any) -> None:
        assert response_dict["status_code"] == 200
        self.bodies.append(response_dict["body"])


def shape_problems(client: Any, operation: str, requests: Iterable[dict[str, Any]]) -> list[str]:
    """Calls an operation with each of some requests; returns how answers differ from AWS's model."""
    service, recorder = client.meta.service_model.service_name, Recorder()
    client.meta.events.register(f"before-parse.{service}.{operation}", recorder)
    shape = service_model(service).operation_model(operation).output_shape
    problems = []
    for request in requests:
        client._make_api_call(operation, request)
        body = recorder.bodies.pop()
        if shape is None or not shape.members:
            problems += [] if _is_empty(body) else [f"{body!r} is not empty"]
        else:
            answer = json.loads(body)
            problems += filter(None, [shape_problem(answer, shape) if answer else "an answer without a member"])
    return problems


def _is_empty(body: bytes) -> bool:
    """Whether an answer has no member. In XML, the id of the request is there anyway."""
    if not body.startswith(b"<"):
        return body in {b"", b"{}"}
    return [child.tag.rpartition("}")[2] for child in ElementTree.fromstring(body)] == ["ResponseMetadata"]
