"""Attacks of another site's web page, or of another user of this machine, on a running stack.

Each attack worked while the embedded AWS answered everybody. The same list is tried by a browser and as plain HTTP.
"""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from loglake_cli.local.stack import LocalStack

OLD_KEY = "loglake-local"
"""The access key id that every start had."""
_FORM = "application/x-www-form-urlencoded"
_JSON = "application/x-amz-json-1.1"
_BOUNDARY = "b"


@dataclass(frozen=True)
class Attack:
    """A request.

    Attributes:
        simple: a page may send it to any site without asking first (Fetch, "CORS-safelisted").
    """

    name: str
    method: str
    path: str
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def simple(self) -> bool:
        """Whether a browser sends it without a preflight."""
        return self.method in {"GET", "POST"} and self.headers.keys() <= {"Content-Type"}


def signed_by(service: str, key_id: str = OLD_KEY) -> dict[str, str]:
    """A signature by somebody who knows a key's id but not its secret."""
    scope = f"{key_id}/20261126/us-east-1/{service}/aws4_request"
    return {"Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature={'0' * 64}"}


def attacks(stack: LocalStack, key_id: str = OLD_KEY) -> Iterator[Attack]:
    """Requests that read, change or destroy; signed with a stolen key id if one is given."""
    control, lake = stack.outputs["ControlBucket"], stack.outputs["LakeBucket"]
    job = next(iter(stack.model.jobs))
    script = stack.model.jobs[job].script_location.removeprefix("s3://")
    query = f"X-Amz-Credential={key_id}/20261126/us-east-1/s3/aws4_request&X-Amz-Signature=0"
    s3, s3_form = signed_by("s3", key_id), {"Content-Type": f"multipart/form-data; boundary={_BOUNDARY}"}
    yield Attack("list buckets", "GET", "/")
    yield Attack("list buckets, signed", "GET", "/", headers=s3)
    yield Attack("list buckets, by query", "GET", f"/?{query}")
    yield Attack("list buckets, by an old query", "GET", f"/?AWSAccessKeyId={key_id}&Signature=0&Expires=9999999999")
    yield Attack("list a bucket", "GET", f"/{lake}?list-type=2")
    yield Attack("read the script", "GET", f"/{script}")
    yield Attack("replace the script", "PUT", f"/{script}", "print('taken')", s3)
    yield Attack("replace the script, unsigned", "PUT", f"/{script}", "print('taken')")
    yield Attack("delete the script", "DELETE", f"/{script}", headers=s3)
    yield Attack("post a request", "POST", f"/{control}", _upload("requests/requested/taken.json"), s3_form)
    yield Attack("delete objects", "POST", f"/{control}?delete", "<Delete/>", {"Content-Type": "text/plain"})
    for path in ("reset", "reset-auth", "seed?a=1", "config", "recorder/start-recording"):
        yield Attack(f"moto's {path}", "POST", f"/moto-api/{path}")
    yield Attack("moto's data", "GET", "/moto-api/data.json")
    yield Attack("moto's reset, encoded", "POST", "/%6Doto-api/reset")
    yield Attack("moto's credentials", "GET", "/latest/meta-data/iam/security-credentials/default-role")
    for operation, body in (
        ("StartJobRun", {"JobName": job}),
        ("CreateJob", {"Name": "taken", "Role": "r", "Command": {"Name": "pythonshell", "ScriptLocation": "s3://a/b"}}),
        ("GetJobs", {}),
    ):
        target = {"X-Amz-Target": f"AWSGlue.{operation}", "Content-Type": _JSON}
        yield Attack(operation, "POST", "/", json.dumps(body), {**signed_by("glue", key_id), **target})
        yield Attack(f"{operation}, unsigned", "POST", "/", json.dumps(body), target)
        yield Attack(f"{operation}, as a form", "POST", "/", json.dumps(body), {"Content-Type": "text/plain"})
    sts = "Action=AssumeRole&Version=2011-06-15&RoleArn=arn:aws:iam::123456789012:role/r&RoleSessionName=taken"
    yield Attack("AssumeRole", "POST", "/", sts, {**signed_by("sts", key_id), "Content-Type": _FORM})
    yield Attack("AssumeRole, as a form", "POST", "/", sts, {"Content-Type": _FORM})
    identity = sts.replace("AssumeRole", "AssumeRoleWithWebIdentity") + "&WebIdentityToken=t"
    yield Attack("AssumeRoleWithWebIdentity, as a form", "POST", "/", identity, {"Content-Type": _FORM})
    iam = "Action=CreateUser&Version=2010-05-08&UserName=taken"
    yield Attack("CreateUser", "POST", "/", iam, {**signed_by("iam", key_id), "Content-Type": _FORM})


def _upload(key: str) -> str:
    """A form that puts an object (S3 API reference, "POST Object")."""
    fields = (f'name="key"\r\n\r\n{key}', 'name="file"; filename="f"\r\n\r\n{}')
    parts = "".join(f"--{_BOUNDARY}\r\nContent-Disposition: form-data; {each}\r\n" for each in fields)
    return f"{parts}--{_BOUNDARY}--\r\n"


def attempt(endpoint: str, attack: Attack, **more: str) -> tuple[int, dict[str, str], str]:
    """Sends an attack as plain HTTP; returns status, headers and body of the response."""
    connection = http.client.HTTPConnection("127.0.0.1", urlsplit(endpoint).port, timeout=60)
    headers = {**attack.headers, **{name.replace("_", "-"): value for name, value in more.items()}}
    try:
        connection.request(attack.method, attack.path, attack.body.encode(), headers)
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read().decode()
    finally:
        connection.close()


def state(stack: LocalStack) -> str:
    """Everything that an attack could change, as text."""
    s3, iam, sqs = (stack.client(service) for service in ("s3", "iam", "sqs"))
    pages = {name: s3.list_objects_v2(Bucket=name) for name in _names(s3.list_buckets()["Buckets"])}
    found = {
        "objects": {
            name: [(each["Key"], each["ETag"]) for each in page.get("Contents", [])] for name, page in pages.items()
        },
        "jobs": _names(stack.client("glue").get_jobs()["Jobs"]),
        "job runs": len(stack.runtime.state.runs),
        "started": sorted(path.name for path in stack.jobs.log_dir.glob("*")) if stack.jobs.log_dir.exists() else [],
        "users": [user["UserName"] for user in iam.list_users()["Users"]],
        "roles": [role["RoleName"] for role in iam.list_roles()["Roles"]],
        "queues": sqs.list_queues().get("QueueUrls", []),
        "tables": stack.client("dynamodb").list_tables()["TableNames"],
    }
    return json.dumps(found, indent=1)


def _names(items: list[dict[str, str]]) -> list[str]:
    return [item["Name"] for item in items]
