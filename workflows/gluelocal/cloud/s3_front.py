"""S3 behaviour that moto lacks: bucket name rules, conditional copies, complete bucket policies, and more.

moto accepts names that S3 refuses, ignores the condition of a copy, and applies conditional statements of a bucket
policy always: "deny what is not TLS" would deny everything.
"""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from moto.core import DEFAULT_ACCOUNT_ID
from moto.core.exceptions import ServiceException
from moto.s3.exceptions import HeadOnDeleteMarker
from moto.s3.models import s3_backends

from athena_duckdb.buckets import is_bucket_name
from gluelocal.cloud.events.s3_events import during
from gluelocal.cloud.wire.calls import Answer, Call, bucket_and_key, error_answer, read_call, send

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_INVALID_NAME = "The specified bucket is not valid."
_MET = "At least one of the pre-conditions you specified did not hold"
_OF_THE_BODY = ("HTTP_CONTENT_MD5", "HTTP_X_AMZ_CONTENT_SHA256", "HTTP_X_AMZ_SDK_CHECKSUM_ALGORITHM")


class S3Front:
    """A WSGI application in front of moto's.

    Attributes:
        policies: the complete policy of each bucket that has one.
    """

    def __init__(self, moto: WSGIApplication) -> None:
        self.policies: dict[str, Mapping[str, Any]] = {}
        self._moto = moto
        self._conditional = threading.Lock()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answers one request."""
        call = read_call(environ)
        with during(call):
            return self._answered(call, start_response)

    def _answered(self, call: Call, start_response: StartResponse) -> Iterable[bytes]:
        environ = call.environ
        if call.service == "s3" and environ["REQUEST_METHOD"] in {"PUT", "POST"} and "HTTP_IF_NONE_MATCH" in environ:
            return self._on_condition(call, start_response)
        if call.service == "s3" and not bucket_and_key(call)[1]:
            return self._on_bucket(call, start_response)
        return self._moto(environ, start_response)

    def region_of(self, bucket: str) -> str:
        """The Region of a bucket; empty if the bucket doesn't exist."""
        found = s3_backends[DEFAULT_ACCOUNT_ID]["aws"].buckets.get(bucket)
        return str(found.region_name) if found else ""

    def _on_condition(self, call: Call, start_response: StartResponse) -> Iterable[bytes]:
        """Allows one write with If-None-Match at a time, so that no write is lost when two find no object."""
        with self._conditional:
            copies = "HTTP_X_AMZ_COPY_SOURCE" in call.environ
            if copies and call.environ["HTTP_IF_NONE_MATCH"] == "*" and _exists(*bucket_and_key(call)):
                return send(error_answer(call, 412, "PreconditionFailed", _MET), start_response)
            return list(self._moto(call.environ, start_response))

    def _on_bucket(self, call: Call, start_response: StartResponse) -> Iterable[bytes]:
        bucket, _ = bucket_and_key(call)
        if call.operation == "CreateBucket" and not is_bucket_name(bucket):
            return send(error_answer(call, 400, "InvalidBucketName", _INVALID_NAME), start_response)
        if call.operation == "PutBucketPolicy":
            return self._put_policy(call, bucket, start_response)
        if call.operation == "GetBucketPolicy" and bucket in self.policies:
            body = json.dumps(self.policies[bucket]).encode()
            return send(Answer(200, [("Content-Type", "application/json")], body), start_response)
        if call.operation == "GetBucketNotificationConfiguration" and _sends_to_event_bridge(bucket):
            return self._with_event_bridge(call, start_response)
        if call.operation in {"DeleteBucketPolicy", "DeleteBucket"}:
            self.policies.pop(bucket, None)
        return self._moto(call.environ, start_response)

    def _put_policy(self, call: Call, bucket: str, start_response: StartResponse) -> Iterable[bytes]:
        """Keeps the complete policy. moto gets only the statements without a condition, which it understands."""
        try:
            document = json.loads(call.body)
            statements = [each for each in document["Statement"] if "Condition" not in each]
        except (ValueError, KeyError, TypeError):
            return self._moto(call.environ, start_response)  # moto reports the mistake
        environ = {name: value for name, value in call.environ.items() if name not in _OF_THE_BODY}
        body = json.dumps({**document, "Statement": statements}).encode() if statements else b""
        environ |= {"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))}
        if not statements:
            environ["REQUEST_METHOD"] = "DELETE"
        problems: list[str] = []

        def started(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            problems.append(status)
            return start_response(status, headers, *rest)

        answer = list(self._moto(environ, started))
        if problems[0].startswith("2"):
            self.policies[bucket] = document
        return answer

    def _with_event_bridge(self, call: Call, start_response: StartResponse) -> Iterable[bytes]:
        """The answer of moto, with the element that it leaves out."""
        headers: list[tuple[str, str]] = []

        def started(_status: str, given: list[tuple[str, str]], *_rest: Any) -> Any:
            headers.extend(given)

        body, end = b"".join(self._moto(call.environ, started)), b"</NotificationConfiguration>"
        whole = body if end in body else body.rstrip().removesuffix(b"/>") + b">" + end
        kept = [(name, value) for name, value in headers if name.lower() != "content-length"]
        return send(Answer(200, kept, whole.replace(end, b"<EventBridgeConfiguration/>" + end)), start_response)


def _sends_to_event_bridge(bucket: str) -> bool:
    found = s3_backends[DEFAULT_ACCOUNT_ID]["aws"].buckets.get(bucket)
    configured = found.notification_configuration if found else None
    return configured is not None and configured.event_bridge is not None


def _exists(bucket: str, key: str) -> bool:
    try:
        return s3_backends[DEFAULT_ACCOUNT_ID]["aws"].head_object(bucket, key) is not None
    except (ServiceException, HeadOnDeleteMarker):  # moto reports this error later
        return False
