"""The permissions that an AWS call needs: actions on resources, built from its parameters.

`accesses.yaml` says for each service which they are. For a service that is not there, only the action is known, not the
resource.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote

import jmespath
import yaml
from moto.glue.models import glue_backends

from gluelocal.cloud.wire.calls import Call, read_form
from gluelocal.iam.conditions import Context
from gluelocal.iam.policies import UNKNOWN, Access
from gluelocal.iam.s3_calls import s3_context, s3_members

Members = Mapping[str, Any]

_EXPRESSION = re.compile(r"\{([^}]*)\}")
_OBJECT = "arn:aws:s3:::"
"""The begin of the ARNs of S3: a key may look like an ARN, and is none."""

_NEEDS_NOTHING = frozenset({("sts", "GetCallerIdentity"), ("sts", "GetSessionToken")})


def accesses(call: Call, account_id: str, context: Context) -> list[Access]:
    """Everything that a call needs; all of it must be allowed. None for a call that anybody may make.

    Args:
        call: the call.
        account_id: the owner of the resources.
        context: the condition keys that every request has.
    """
    if (call.service, call.operation) in _NEEDS_NOTHING:
        return []
    if call.service not in _services() or not call.operation:  # members of unknown calls can't be read
        return [Access(f"{call.service}:{call.operation}", UNKNOWN, context)]
    members = _members(call)
    given = {**context, **_context(call, members)}
    needed = resources(call.service, call.operation, members, f"{call.region}:{account_id}")
    return [Access(action if ":" in action else f"{call.service}:{action}", arn, given) for action, arn in needed]


def resources(service: str, operation: str, members: Members, place: str) -> Iterator[tuple[str, str]]:
    """The actions of a call, each with an ARN; `place` is ``Region:account``. Other services' actions have a prefix."""
    key = _catalog_key(place) if service == "glue" else ""
    known = {**members, "operation": operation, "place": place, "account": place.partition(":")[2], "catalog_key": key}
    lines = _services()[service]
    own = next(_matching(lines["calls"], known), (operation, [""]))
    for action, texts in (own, *_matching(lines.get("also", []), known)):
        for text in texts:
            found = _arns(text, known)
            yield from ((action, arn) for arn in ([UNKNOWN] if found is None else found))


@cache
def _services() -> Mapping[str, Any]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the other one takes a hundred times as long
    services: Mapping[str, Any] = yaml.load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"), loader)
    return services


def _matching(lines: Iterable[Mapping[str, Any]], members: Members) -> Iterator[tuple[str, list[str]]]:
    """The action and the resources of each line that is about a call."""
    for line in lines:
        named = re.fullmatch(line.get("of", ".*"), members["operation"])
        if named and jmespath.search(line.get("with", "place"), members):
            yield named.expand(line.get("action", r"\g<0>")), line["to"]


def _arns(text: str, members: Members) -> list[str] | None:
    """The ARNs of a resource, by the first alternative that has all its values; None if none has."""
    for alternative in text.split(" or "):
        values = [jmespath.search(expression, members) for expression in _EXPRESSION.findall(alternative)]
        if None not in values:
            lists = (filter(None, dict.fromkeys(value)) if isinstance(value, list) else [value] for value in values)
            return [_filled(alternative, [str(each) for each in chosen]) for chosen in product(*lists)]
    return None


def _filled(text: str, values: Sequence[str]) -> str:
    left = iter(values)
    named = next((value for value in values if value.startswith("arn:") and not text.startswith(_OBJECT)), "")
    return named or _EXPRESSION.sub(lambda _: next(left), text)


def _catalog_key(place: str) -> str:
    """The key of an encrypted Data Catalog with which the caller itself must be let work; empty if there is none."""
    region, _, account = place.partition(":")
    settings = glue_backends[account][region].get_data_catalog_encryption_settings(account)
    at_rest = settings["DataCatalogEncryptionSettings"]["EncryptionAtRest"]
    return str(at_rest.get("SseAwsKmsKeyId", "")) if at_rest["CatalogEncryptionMode"] == "SSE-KMS" else ""


def _members(call: Call) -> Members:
    if call.service == "s3":
        return s3_members(call)
    members = read_form(call) if call.protocol == "query" else _document(call.body)
    return {**_elsewhere(call, members), **members}


def _elsewhere(call: Call, members: Members) -> Members:
    """Members that a call has in its path and query (``/schedules/{Name}?groupName=…``), in a URL or in a text."""
    name = unquote(call.path.rstrip("/").rpartition("/")[2])
    elsewhere: Mapping[str, Members] = {
        "scheduler": {"Name": name, **dict(parse_qsl(str(call.environ.get("QUERY_STRING", ""))))},
        "sqs": {"QueueName": str(members["QueueUrl"]).rpartition("/")[2]} if "QueueUrl" in members else {},
        "logs": {"policy": _document(members.get("policyDocument", "{}"))},
    }
    return elsewhere.get(call.service, {})


def _document(text: Any) -> Members:
    """A JSON object; empty for anything else, which the service refuses."""
    try:
        document = json.loads(text or "{}")
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def _context(call: Call, members: Members) -> dict[str, tuple[str, ...]]:
    if call.service == "s3":
        return s3_context(members)
    if (call.service, call.operation) == ("cloudwatch", "PutMetricData"):
        return {"cloudwatch:namespace": (str(members.get("Namespace", "")),)}
    return {}
