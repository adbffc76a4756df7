"""Makes the embedded AWS refuse what a role may not do, and records each role's accesses."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from xml.sax.saxutils import escape

from botocore.exceptions import ClientError

from athena_duckdb.errors import ConfigError, RefusedError
from gluelocal.cloud.access_keys import AccessKey
from gluelocal.cloud.callers import CLIENT, CLOUDFORMATION, EXPORTER, RUNTIME
from gluelocal.cloud.doorkeeper import unknown_key
from gluelocal.cloud.embedded_aws import EmbeddedAws
from gluelocal.cloud.wire.calls import Answer, Call, bucket_and_key, error_answer, read_form
from gluelocal.iam.accesses import accesses
from gluelocal.iam.conditions import Context
from gluelocal.iam.policies import Access, Decision, Role, Statement, no_trust, trust_of
from gluelocal.iam.record import Record
from gluelocal.iam.roles import boundary_of, read_role, role_name
from gluelocal.iam.s3_calls import bucket_arn


def delete_the_others(s3: Any, call: Call, bucket: str, allowed: Iterable[str], refused: Mapping[str, str]) -> Answer:
    """DeleteObjects if only some keys may be deleted: S3 answers 200, deletes these, and lists the others as errors.

    Args:
        s3: a client that may delete them.
        call: the request.
        bucket: the request's bucket.
        allowed: the keys to delete.
        refused: the keys not to delete, each with S3's message.
    """
    keys = [{"Key": key} for key in allowed]
    if keys:
        s3.delete_objects(Bucket=bucket, Delete={"Objects": keys, "Quiet": True})
    quiet = b"<Quiet>true</Quiet>" in call.body
    entries = [] if quiet else [f"<Deleted><Key>{escape(each['Key'])}</Key></Deleted>" for each in keys]
    entries += [
        f"<Error><Key>{escape(key)}</Key><Code>AccessDenied</Code><Message>{escape(message)}</Message></Error>"
        for key, message in refused.items()
    ]
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<DeleteResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">{"".join(entries)}</DeleteResult>'
    )
    return Answer(200, [("Content-Type", "application/xml")], body.encode())


_OTHERS = frozenset({CLIENT, RUNTIME, EXPORTER, CLOUDFORMATION})
"""Callers without a role: the person, AWS's own services, and CloudWatch Logs when it exports."""

_SESSIONS = {"glue.amazonaws.com": "GlueJobRunnerSession"}
_READS = frozenset({"GetObject", "HeadObject"})


class AccessDeniedError(RefusedError):
    """A role doesn't allow something that AWS does in its name.

    Attributes:
        role: the role's name.
        action, resource: the refused access.
    """

    def __init__(self, role: str, access: Access, reason: str) -> None:
        super().__init__(refusal(role, access.action, access.resource, reason))
        self.role = role
        self.action = access.action
        self.resource = access.resource


def refusal(role: str, action: str, resource: str, reason: str) -> str:
    """A refusal as a sentence for a person."""
    return f"the role {role} may not do {action} on {resource or 'a resource that is not known'}, {reason}"


@dataclass(frozen=True)
class Session:
    """A role that a service, or a caller of AssumeRole, has assumed, with temporary credentials.

    Attributes:
        arn: the session's ARN, ``arn:aws:sts::<account>:assumed-role/<role>/<session>``.
    """

    role: Role
    arn: str
    key: AccessKey


class Enforcement:
    """Refuses calls with a role's credentials that the role's policies don't allow. Active from its creation on.

    It reads a role's policies when the role is first assumed, and in `read_again`. It ignores resource policies, such
    as bucket policies.

    Attributes:
        record: the accesses so far.
    """

    def __init__(self, aws: EmbeddedAws, open_bucket: str = "") -> None:
        """Anybody may read `open_bucket`: it isn't part of the template, so no role can name it."""
        self._aws = aws
        self._open = Statement("open", "Allow", ("s3:GetObject",), (f"{bucket_arn(open_bucket)}/*",))
        self._lock = threading.Lock()
        self._sessions: dict[tuple[str, str], Session] = {}
        self._trusted: set[tuple[str, str, str]] = set()
        self._by_key: Mapping[str, Session] = {}
        self.record = Record()
        aws.guard = self.guard

    @property
    def roles(self) -> list[Role]:
        """The assumed roles, by name."""
        found = {session.role.name: session.role for session in list(self._sessions.values())}
        return [found[name] for name in sorted(found)]

    def take_on(self, role: str, service: str, source_arn: str) -> Session:
        """A service's session of a role, the same one each time.

        Args:
            role: its name or ARN.
            service: the service that assumes it, such as ``glue.amazonaws.com``.
            source_arn: the resource that the service acts for, such as a job.

        Raises:
            ConfigError: the role doesn't exist, or doesn't trust the service for this resource.
        """
        key = (role_name(role), service)
        with self._lock:
            if (*key, source_arn) not in self._trusted:
                self._check_trust(self._role(key[0]), service, source_arn)
                self._trusted.add((*key, source_arn))
            if key not in self._sessions:
                self._sessions[key] = self._new_session(*key)
                self._by_key = {session.key.id: session for session in self._sessions.values()}
            return self._sessions[key]

    def read_again(self) -> None:
        """Reads the policies of all assumed roles again. If a role is gone, its sessions end."""
        iam = self._aws.client("iam")
        with self._lock:
            found = {
                name: _role_or_none(iam, name) for name in {session.role.name for session in self._by_key.values()}
            }
            self._sessions = {
                key: replace(session, role=role)
                for key, session in self._sessions.items()
                if (role := found.get(session.role.name))
            }
            self._trusted.clear()
            self._by_key = {session.key.id: session for session in self._sessions.values()}

    def require(self, session: Session, action: str, resource: str) -> None:
        """Records an access that a service makes in a role's name without a visible call.

        Raises:
            AccessDeniedError: the role doesn't allow it.
        """
        access = Access(action, resource, self._context(session, self._aws.region))
        decision = self._decide(session, access)
        if not decision.allowed:
            raise AccessDeniedError(session.role.name, access, decision.reason)

    def guard(self, call: Call) -> Answer | None:
        """The refusal of a call; None if it is allowed."""
        if call.caller in _OTHERS:
            return None
        session = self._by_key.get(call.access_key) or self._taken_on(call.access_key)
        if session is None:
            return unknown_key(call)  # an IAM user; user policies are not evaluated, so it may do nothing
        context = self._context(session, call.region)
        if call.service == "iam":
            context = {**context, **boundary_of(self._aws.client("iam"), read_form(call))}
        needed = accesses(call, self._aws.account_id, context)
        if (call.service, call.operation) == ("s3", "DeleteObjects"):
            return self._deletion(call, session, needed)
        for access in needed:
            if not self._open.applies(access):
                decision = self._decide(session, access)
                if not decision.allowed:
                    return _refused(call, session, access, decision)
        return self._hidden(call, session)

    def _taken_on(self, key_id: str) -> Session | None:
        """A session of a deployed role that began with AssumeRole; None for any other key."""
        known = self._aws.keys.session_of(key_id)
        if known is None:
            return None
        role_arn, arn = known
        name = role_name(role_arn)
        with self._lock:
            if (name, key_id) not in self._sessions:
                try:
                    role = self._role(name)
                except ConfigError:  # moto also starts sessions of roles that don't exist
                    return None
                self._sessions[name, key_id] = Session(role, arn, AccessKey(key_id, ""))
                self._by_key = {session.key.id: session for session in self._sessions.values()}
            return self._sessions[name, key_id]

    def _deletion(self, call: Call, session: Session, needed: list[Access]) -> Answer | None:
        bucket, _ = bucket_and_key(call)
        start = len(bucket_arn(bucket)) + 1
        decided = {access.resource[start:]: (access, self._decide(session, access)) for access in needed}
        refused = {key: _message(call, session, *found) for key, found in decided.items() if not found[1].allowed}
        if not refused:
            return None
        return delete_the_others(
            self._aws.client("s3"), call, bucket, [key for key in decided if key not in refused], refused
        )

    def _hidden(self, call: Call, session: Session) -> Answer | None:
        """A caller that may not list a bucket doesn't learn that an object is missing (GetObject, "Permissions")."""
        if call.service != "s3" or call.operation not in _READS:
            return None
        bucket, key = bucket_and_key(call)
        access = Access("s3:ListBucket", bucket_arn(bucket), self._context(session, call.region))
        decision = session.role.decide(access)
        if decision.allowed or self._exists(bucket, key):
            return None
        self.record.add(session.role, access, decision)
        return _refused(call, session, access, decision)

    def _exists(self, bucket: str, key: str) -> bool:
        try:
            self._aws.client("s3").head_object(Bucket=bucket, Key=key)
        except ClientError:
            return False
        return True

    def _decide(self, session: Session, access: Access) -> Decision:
        decision = session.role.decide(access)
        self.record.add(session.role, access, decision)
        return decision

    def _context(self, session: Session, region: str) -> Context:
        """Condition keys of every request. On AWS clients use TLS, so here it counts as used."""
        return {
            "aws:principalaccount": (self._aws.account_id,),
            "aws:principalarn": (session.role.arn,),
            "aws:principaltype": ("AssumedRole",),
            "aws:requestedregion": (region,),
            "aws:resourceaccount": (self._aws.account_id,),
            "aws:securetransport": ("true",),
        }

    def _role(self, name: str) -> Role:
        """A role as it was when it was first assumed."""
        known = (session.role for session in self._sessions.values() if session.role.name == name)
        return next(known, None) or read_role(self._aws.client("iam"), name)

    def _check_trust(self, role: Role, service: str, source_arn: str) -> None:
        decision = trust_of(role, service, source_arn, self._aws.account_id, self._aws.region)
        self.record.add_unchecked(role, decision)
        if not decision.allowed:
            raise ConfigError(no_trust(role, service, source_arn))

    def _new_session(self, name: str, service: str) -> Session:
        role = self._role(name)
        session_name = _SESSIONS.get(service, service.partition(".")[0])
        response = self._aws.client("sts").assume_role(RoleArn=role.arn, RoleSessionName=session_name)
        keys = response["Credentials"]
        key = AccessKey(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])
        return Session(role, response["AssumedRoleUser"]["Arn"], key)


def _role_or_none(iam: Any, name: str) -> Role | None:
    try:
        return read_role(iam, name)
    except ConfigError:
        return None


def _message(call: Call, session: Session, access: Access, decision: Decision) -> str:
    """A refusal in AWS's words."""
    resource = f'"{access.resource}"' if call.service == "s3" else access.resource
    return (
        f"User: {session.arn} is not authorized to perform: {access.action} on resource: {resource} {decision.reason}"
    )


def _refused(call: Call, session: Session, access: Access, decision: Decision) -> Answer:
    in_xml = call.protocol in {"rest-xml", "query"}
    status, code = (403, "AccessDenied") if in_xml else (400, "AccessDeniedException")
    return error_answer(call, status, code, _message(call, session, access, decision))
