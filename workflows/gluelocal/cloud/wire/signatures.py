"""Finds who signed a request, and verifies it: Signature Version 4, and S3's older Version 2.

An access key id alone proves nothing. It is part of every presigned URL, and so of command lines and histories with
pasted URLs. botocore computes the expected signature, which is then compared.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from botocore.auth import HmacV1Auth, S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from moto.core.request import PRESERVED_HEADER_NAMES_ENVIRON_KEY

from gluelocal.cloud.wire.loopback_hosts import bucket_of

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_DEFAULT_REGION = "us-east-1"
_V4_SIGNATURE, _V2_SIGNATURE = "X-Amz-Signature", "Signature"


@dataclass(frozen=True)
class Claim:
    """The claims in a request's signature.

    Attributes:
        key_id: the access key's id; empty if the request isn't signed.
        service: the signing name of the service.
        headers: the names of the headers that Version 4 signs, in lower case.
        time: when it was signed. For Version 2 its counterpart: a date, or the second when a URL expires.
        lifetime_s: the lifetime of a presigned URL of Version 4.
        presigned: whether the signature is in the URL.
        version: the signature version, 2 or 4.
    """

    key_id: str = ""
    region: str = _DEFAULT_REGION
    service: str = ""
    signature: str = ""
    headers: tuple[str, ...] = ()
    time: str = ""
    lifetime_s: str = ""
    presigned: bool = False
    version: int = 4


def read_claim(environ: WSGIEnvironment) -> Claim:
    """Reads the Authorization header, or else the query; an empty claim if neither is a signature."""
    header = environ.get("HTTP_AUTHORIZATION", "")
    if header.startswith("AWS "):
        key_id, _, signature = header.removeprefix("AWS ").strip().rpartition(":")
        date = environ.get("HTTP_DATE", "") or environ.get("HTTP_X_AMZ_DATE", "")
        return Claim(key_id, service="s3", signature=signature, time=date, version=2)
    if header:
        fields = dict(part.strip().partition("=")[::2] for part in header.partition(" ")[2].split(","))
        time = environ.get("HTTP_X_AMZ_DATE", "")
        return _v4(fields.get("Credential", ""), fields.get("Signature", ""), fields.get("SignedHeaders", ""), time)
    query = dict(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True))
    if "AWSAccessKeyId" in query:
        key_id, signature, expires = (query.get(name, "") for name in ("AWSAccessKeyId", _V2_SIGNATURE, "Expires"))
        return Claim(key_id, service="s3", signature=signature, time=expires, presigned=True, version=2)
    signed, lifetime = query.get("X-Amz-SignedHeaders", ""), query.get("X-Amz-Expires", "")
    signature, time = query.get(_V4_SIGNATURE, ""), query.get("X-Amz-Date", "")
    return _v4(query.get("X-Amz-Credential", ""), signature, signed, time, lifetime, presigned=True)


def _v4(
    credential: str, signature: str, signed: str, time: str, lifetime_s: str = "", *, presigned: bool = False
) -> Claim:
    """The claim in ``<key>/<date>/<region>/<service>/aws4_request``."""
    scope = credential.split("/")
    if len(scope) < 4:
        return Claim()
    names = tuple(name.strip().lower() for name in signed.split(";") if name.strip())
    return Claim(scope[0], scope[2], scope[3], signature, names, time, lifetime_s, presigned)


def is_signed(environ: WSGIEnvironment, claim: Claim, secret: str, body: bytes) -> bool:
    """Whether the holder of a secret signed a request.

    Args:
        environ: the request as it came.
        claim: what `read_claim` returned for it.
        secret: the secret of the claim's access key.
        body: the request's body.
    """
    if not claim.signature or not claim.time:
        return False
    url = f"http://{environ.get('HTTP_HOST', '')}{_unsigned(environ.get('RAW_URI', ''), claim)}"
    request = AWSRequest(environ["REQUEST_METHOD"], url, _headers(environ, claim), body)
    credentials = Credentials(claim.key_id, secret)
    expected = _expected_v2 if claim.version == 2 else _expected_v4
    return hmac.compare_digest(expected(environ, claim, request, credentials).encode(), claim.signature.encode())


def has_expired(claim: Claim, now_ms: int) -> bool:
    """Whether a presigned URL has expired; a URL without a valid time has expired too."""
    if not claim.presigned:
        return False
    try:
        if claim.version == 2:
            return now_ms >= int(claim.time) * 1000
        signed = datetime.strptime(claim.time, "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc)
        return now_ms / 1000 >= (signed + timedelta(seconds=int(claim.lifetime_s))).timestamp()
    except (ValueError, OverflowError):
        return True


def _expected_v4(_environ: WSGIEnvironment, claim: Claim, request: AWSRequest, credentials: Credentials) -> str:
    signer = S3SigV4Auth if claim.service == "s3" else SigV4Auth
    if claim.presigned and claim.service == "s3":
        signer = S3SigV4QueryAuth
    auth = signer(credentials, claim.service, claim.region)
    request.context["timestamp"] = claim.time
    return str(auth.signature(auth.string_to_sign(request, auth.canonical_request(request)), request))


def _expected_v2(environ: WSGIEnvironment, claim: Claim, request: AWSRequest, credentials: Credentials) -> str:
    """S3 user guide, "Signing and authenticating REST requests (Signature Version 2)"."""
    auth = HmacV1Auth(credentials)
    url = urlsplit(str(request.url))
    bucket = bucket_of(environ.get("HTTP_HOST", ""))
    path = f"/{bucket}{url.path}" if bucket else url.path
    resource = auth.canonical_resource(url, path if path.count("/") > 1 or path == "/" else f"{path}/")
    given = request.headers
    dated = "" if "x-amz-date" in given else claim.time
    custom = auth.canonical_custom_headers(given)  # type: ignore[arg-type]  # it calls get_all, which no Mapping has
    standard = (given.get("content-md5", ""), given.get("content-type", ""), dated)
    parts = (environ["REQUEST_METHOD"], *standard, *([custom] if custom else []), resource)
    return str(auth.sign_string("\n".join(parts)))


def _unsigned(uri: str, claim: Claim) -> str:
    """A URI without its signature parameter, because a signature can't sign itself."""
    path, mark, query = uri.partition("?")
    own = _V2_SIGNATURE if claim.version == 2 else _V4_SIGNATURE
    kept = "&".join(part for part in query.split("&") if not claim.presigned or part.partition("=")[0] != own)
    return f"{path}{mark if kept else ''}{kept}"


def _headers(environ: WSGIEnvironment, claim: Claim) -> dict[str, str]:
    """The signed headers: Version 4 lists them; Version 2 signs Amazon's headers, which a URL may hold."""
    names = list(claim.headers)
    moved: dict[str, str] = {}
    if claim.version == 2:
        as_sent = environ.get(PRESERVED_HEADER_NAMES_ENVIRON_KEY, {})  # a metadata name may have a "_"
        amazons = [key for key in environ if key.startswith("HTTP_X_AMZ_")]
        names = [as_sent.get(key, key[5:].replace("_", "-")).lower() for key in amazons]
        names += ["content-md5", "content-type"]
        query = parse_qsl(environ.get("QUERY_STRING", "")) if claim.presigned else []
        moved = {name: value for name, value in query if name.startswith("x-amz-") or name in names}
    return {**moved, **{name: value for name in names if (value := environ.get(_key(name))) is not None}}


def _key(name: str) -> str:
    key = name.upper().replace("-", "_")
    return key if key in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{key}"
