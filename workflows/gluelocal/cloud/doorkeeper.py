"""Checks who may call the embedded AWS: only clients that sign with an access key of this start, and no web page.

Job scripts are objects, so whoever can write an object runs code as the user. Any web page and any user of the machine
can send requests here. So every request is checked. All checks run before the body is read, except the signature check,
because AWS signs the body.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gluelocal.cloud.wire.calls import CALLER, Answer, Call, error_answer, read_call, send
from gluelocal.cloud.wire.loopback_hosts import bucket_of, is_loopback
from gluelocal.cloud.wire.signatures import Claim, has_expired, is_signed, read_claim

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from gluelocal.cloud.access_keys import AccessKeys

_LARGEST_PUT_BYTES = 5 << 30
"""S3 API reference, PutObject; no other operation takes a larger body."""
_MOTO = "/moto-api"
"""The path prefix of moto's own interface. It resets everything and changes answers, and needs no signature."""
_URIS = ("RAW_URI", "REQUEST_URI", "PATH_INFO")

_ELSEWHERE = "This is for this machine alone: use http://127.0.0.1 or http://localhost, with the port."
_PAGE = "Web pages get no answer here."
_INTERNAL = "This is for the local runtime itself."
_BAD_TOKEN = "The security token included in the request is invalid."
_MISMATCH = "The request signature we calculated does not match the signature you provided."

# Status, code and message of an error by protocol, "" for the others (API references, "Common Errors").
_UNKNOWN_KEY = {
    "rest-xml": (403, "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records."),
    "query": (403, "InvalidClientTokenId", _BAD_TOKEN),
    "": (400, "UnrecognizedClientException", _BAD_TOKEN),
}
_UNSIGNED = {
    "rest-xml": (403, "AccessDenied", "Access Denied"),
    "": (403, "MissingAuthenticationToken", "Request is missing Authentication Token"),
}
_BADLY_SIGNED = {
    "rest-xml": (403, "SignatureDoesNotMatch", _MISMATCH),
    "query": (403, "SignatureDoesNotMatch", _MISMATCH),
    "": (400, "InvalidSignatureException", _MISMATCH),
}


@dataclass(frozen=True)
class Doorkeeper:
    """Implements `http_server.Application` in front of another application.

    Attributes:
        most_bytes: the size of the largest body that it accepts.
        keys: the valid access keys.
        now_ms: the machine's clock, which clients sign with.
    """

    most_bytes = _LARGEST_PUT_BYTES

    app: WSGIApplication
    keys: AccessKeys
    now_ms: Callable[[], int]

    def refusal(self, environ: WSGIEnvironment) -> Answer | None:
        """The refusal of a request before its body is read; None if it may pass."""
        call, claim = read_call(environ), read_claim(environ)
        why = _why_not(environ)
        if why:
            return _denied(call, why)
        if not claim.key_id:
            return _error(call, _UNSIGNED)
        if self.keys.secret_of(claim.key_id) is None:
            return unknown_key(call)
        return _denied(call, "Request has expired") if has_expired(claim, self.now_ms()) else None

    def bad_request(self, environ: WSGIEnvironment, status: int, message: str) -> Answer:
        """The answer to a body that isn't accepted, and to a request that moto can't answer."""
        codes = {413: "EntityTooLarge", 500: "InternalFailure", 501: "NotImplemented"}
        return error_answer(read_call(environ), status, codes.get(status, "InvalidRequest"), message)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answers a request if its signature is valid."""
        call, claim = read_call(environ), read_claim(environ)
        secret = self.keys.secret_of(claim.key_id)
        if secret is None or not is_signed(environ, claim, secret, call.body):
            return send(_error(call, _BADLY_SIGNED), start_response)
        environ[CALLER] = self.keys.caller_of(claim.key_id)
        _to_path_style(environ, claim)
        return self.app(environ, start_response)


def unknown_key(call: Call) -> Answer:
    """The refusal of a call that is signed with an unknown key."""
    return _error(call, _UNKNOWN_KEY)


def _error(call: Call, errors: Mapping[str, tuple[int, str, str]]) -> Answer:
    return error_answer(call, *errors.get(call.protocol, errors[""]))


def _why_not(environ: WSGIEnvironment) -> str:
    """Why this kind of request is refused, whoever sends it; empty if it is allowed.

    Only browsers send Origin and Sec-Fetch-Site, and a web page can't leave them out (W3C, Fetch Metadata Request
    Headers). A browser sends "none" if the person opens an address, such as a presigned URL.
    """
    host = environ.get("HTTP_HOST", "")
    if not is_loopback(host) and not bucket_of(host):
        return _ELSEWHERE
    if "HTTP_ORIGIN" in environ or environ.get("HTTP_SEC_FETCH_SITE", "none") != "none":
        return _PAGE
    return _INTERNAL if environ.get("PATH_INFO", "").startswith(_MOTO) else ""


def _denied(call: Call, message: str) -> Answer:
    code = "AccessDenied" if call.protocol in {"rest-xml", "query"} else "AccessDeniedException"
    return error_answer(call, 403, code, message)


def _to_path_style(environ: WSGIEnvironment, claim: Claim) -> None:
    """Rewrites ``<bucket>.localhost/<key>`` to ``localhost/<bucket>/<key>``, the form that everything behind reads."""
    bucket = bucket_of(environ.get("HTTP_HOST", ""))
    if bucket and claim.service == "s3":
        environ["HTTP_HOST"] = environ["HTTP_HOST"].lower().removeprefix(f"{bucket}.")
        environ.update({name: f"/{bucket}{environ[name]}" for name in _URIS})
