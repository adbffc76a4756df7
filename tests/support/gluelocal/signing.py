"""Signs requests that no SDK sends, as an SDK would sign them."""

from __future__ import annotations

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from gluelocal.cloud.access_keys import AccessKey

UNSIGNED_BODY = {"X-Amz-Content-SHA256": "UNSIGNED-PAYLOAD"}


def signed(
    key: AccessKey, method: str, url: str, service: str, body: bytes = b"", *, headers: dict[str, str] | None = None
) -> dict[str, str]:
    """The headers of a request, with its signature among them.

    Args:
        key: the access key.
        method: such as GET.
        url: the whole URL, with the host as requested.
        service: the service's signing name.
        body: of the request, unless the headers say that it is not signed.
        headers: others that are signed, too.
    """
    request = AWSRequest(method, url, headers or {}, body)
    SigV4Auth(Credentials(key.id, key.secret, key.token or None), service, "us-east-1").add_auth(request)
    return dict(request.headers.items())
