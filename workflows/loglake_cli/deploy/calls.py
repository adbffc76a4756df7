"""Calls AWS: where, for how long, and what a refusal means, in a sentence: the action, the resource, who grants it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any, Callable
from urllib.parse import urlsplit

from botocore.exceptions import BotoCoreError, ClientError

from loglake.aws.faults import translate
from loglake.core.ports.clock import Clock
from loglake.errors import (
    AccessDeniedError,
    AlreadyExistsError,
    ConfigError,
    LoglakeError,
    NotFoundError,
    PermanentError,
)


class StackError(PermanentError):
    """The change of a stack failed, or can't be made in its state."""


class DecisionError(PermanentError):
    """A person has to decide, and nothing was changed."""


Clients = Callable[[str], Any]
"""Makes the boto3 client of a service."""

_REFUSED = re.compile(r"AccessDenied|Unauthorized|NotAuthorized|Forbidden|^403$|AuthorizationError|OptInRequired")
_MISSING = re.compile(r"NotFound|NoSuch|NonExistent|DoesNotExist|^404$")
_TAKEN = frozenset({"ResourceAlreadyExistsException", "AlreadyExistsException"})
_WORDS_OF_ITS_OWN = frozenset(
    {
        "ValidationError",
        "InsufficientCapabilitiesException",
        "InvalidChangeSetStatus",
        "LimitExceededException",
        "TokenAlreadyExistsException",
        "BucketNotEmpty",
        "ResourceInUseException",
    }
)
"""Codes with a sufficient message."""

_S3_ACTIONS: Mapping[str, str] = {
    "HeadBucket": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "ListObjectVersions": "ListBucketVersions",
    "DeleteObjects": "DeleteObject",
    "GetBucketNotificationConfiguration": "GetBucketNotification",
    "GetBucketEncryption": "GetEncryptionConfiguration",
    "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
}
"""Operations of S3 whose action has another name (Service Authorization Reference, Amazon S3)."""

_HERE = frozenset({"127.0.0.1", "localhost", "::1"})
_PERFORM = re.compile(r"not authorized to perform: (?P<action>[\w:*]+)(?: on resource: (?P<resource>\S+))?")


def call(client: Any, operation: str, resource: str, **parameters: Any) -> Any:
    """Calls AWS.

    Args:
        client: a service's client.
        operation: boto3's name of it, such as ``create_change_set``.
        resource: the resource to name in messages.
        parameters: the operation's parameters.

    Raises:
        AccessDeniedError: the caller lacks a permission; names the action and the resource.
        LoglakeError: AWS refused the call, or can't be reached.
    """
    with _asking(client, operation, resource):
        return getattr(client, operation)(**parameters)


def pages(client: Any, operation: str, resource: str, **parameters: Any) -> Iterator[Any]:
    """As `call`, page by page."""
    with _asking(client, operation, resource):
        yield from client.get_paginator(operation).paginate(**parameters)


def is_here(client: Any) -> bool:
    """Whether a client asks a stack of this machine, such as that of `loglake local up`."""
    return urlsplit(client.meta.endpoint_url).hostname in _HERE


def denied(text: str) -> tuple[str, str] | None:
    """The denied action and resource, from AWS's message; the resource may be empty."""
    found = _PERFORM.search(text)
    return (found["action"], (found["resource"] or "").rstrip(".,")) if found else None


def action_of(service: str, operation: str) -> str:
    """The IAM action of an operation, by botocore's names; IAM's have no hyphen, as in servicequotas.

    SQS takes a batch by the action for one message.
    """
    if service == "sqs":
        return f"sqs:{operation.removesuffix('Batch')}"
    return f"{service.replace('-', '')}:{_S3_ACTIONS.get(operation, operation) if service == 's3' else operation}"


def not_granted(action: str, resource: str) -> str:
    """What to do about a refusal."""
    return (
        f"{action} on {resource or '*'} is not allowed for these credentials. Grant it to them: infra/deployer.yaml "
        "has the role that may deploy."
    )


@contextmanager
def _asking(client: Any, operation: str, resource: str) -> Iterator[None]:
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        meta = client.meta
        action = action_of(meta.service_model.service_name, meta.method_to_api_mapping[operation])
        raise _translated(error, action, resource) from error


def _translated(error: ClientError | BotoCoreError, action: str, resource: str) -> LoglakeError:
    """Translates errors for a person at the command line: the advice of `aws.faults` is for a job's arguments."""
    answer = error.response if isinstance(error, ClientError) else {}
    code, text = answer.get("Error", {}).get("Code", ""), answer.get("Error", {}).get("Message", "")
    if _REFUSED.search(code):
        found = denied(text)
        refused, on = (found[0], found[1] or resource) if found else (action, resource)
        return AccessDeniedError(not_granted(refused, on), refused)
    if _MISSING.search(code) or (code == "ValidationError" and "does not exist" in text):
        return NotFoundError(f"{action}: {resource} is not there: {text}", resource)
    if code in _TAKEN:
        return AlreadyExistsError(resource)
    if code in _WORDS_OF_ITS_OWN and answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 500) < 500:
        return PermanentError(f"{action} on {resource}: {text}")
    return translate(error, action, resource)


class Wait:
    """A wait that ends after some time, whatever AWS does."""

    def __init__(self, clock: Clock, what: str, most_s: float) -> None:
        """Begins to wait.

        Args:
            clock: the clock.
            what: what it waits for, as the beginning of a sentence.
            most_s: how long, in seconds.
        """
        self._clock, self._what, self._most_s = clock, what, most_s
        self._until_ms = clock.now_ms() + most_s * 1000

    def sleep(self, seconds: float) -> None:
        """Waits until the next look.

        Raises:
            StackError: the time is over.
        """
        if self._clock.now_ms() >= self._until_ms:
            raise StackError(
                f"{self._what} took more than {self._most_s / 60:.0f} minutes. Run the same command again: it goes on "
                "from there."
            )
        self._clock.sleep(seconds)


@dataclass(frozen=True)
class Place:
    """An account and Region.

    Attributes:
        partition: aws, aws-cn or aws-us-gov.
        caller: the ARN of the credentials' owner.
    """

    account: str
    region: str
    partition: str
    caller: str

    @property
    def suffix(self) -> str:
        """What the names of some services end with."""
        return "amazonaws.com.cn" if self.partition == "aws-cn" else "amazonaws.com"

    def bucket(self, prefix: str, use: str) -> str:
        """The name of a bucket by its purpose, as in the stack storage."""
        return f"{prefix}-{use}-{self.account}-{self.region}"

    def pseudo_parameters(self, stack_name: str) -> dict[str, str]:
        """CloudFormation's pseudo parameters that conditions and names use."""
        return {
            "AWS::AccountId": self.account,
            "AWS::Region": self.region,
            "AWS::Partition": self.partition,
            "AWS::URLSuffix": self.suffix,
            "AWS::StackName": stack_name,
            "AWS::StackId": f"arn:{self.partition}:cloudformation:{self.region}:{self.account}:stack/{stack_name}/new",
        }

    def to_json(self) -> dict[str, str]:
        """For ``--json``."""
        return asdict(self)


def find_place(clients: Clients) -> Place:
    """The place that the credentials lead to.

    Raises:
        ConfigError: there are no credentials or no Region, or AWS refuses them.
    """
    try:
        client = clients("sts")
        identity = client.get_caller_identity()
    except (BotoCoreError, ClientError) as error:
        raise ConfigError(
            f"AWS can't be asked ({error}): set credentials and a Region, such as AWS_PROFILE and AWS_REGION."
        ) from error
    return Place(identity["Account"], client.meta.region_name, identity["Arn"].split(":")[1], identity["Arn"])


def check_place(place: Place, account: str, region: str) -> None:
    """Refuses an account or a Region that the settings file does not name; an empty text allows any.

    Raises:
        ConfigError: it is another one.
    """
    for what, wanted, found in (("account", account, place.account), ("Region", region, place.region)):
        if wanted and wanted != found:
            raise ConfigError(
                f"the settings file is for the {what} {wanted}, and these credentials are for {found}: nothing was "
                "done."
            )
