"""The identity of the runtime's AWS calls: the templates' roles if they are enforced, else its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from loglake_cli.local.iam.bucket_policies import ExportPermissions
from loglake_cli.local.iam.enforcement import Enforcement, Session
from loglake_cli.local.templates.template_adapter import SCRIPT_BUCKET

if TYPE_CHECKING:
    from loglake_cli.local.cloud.embedded_aws import EmbeddedAws
    from loglake_cli.local.engine.model import Crawler, Job, Model, ScheduledCall
    from loglake_cli.local.templates.resource_types.base import Clients

_GLUE = "glue.amazonaws.com"
_EVENTS = "events.amazonaws.com"
_SCHEDULER = "scheduler.amazonaws.com"
_NOTIFY = "glue:notifyEvent"


class RoleAccess:
    """Clients and credentials for what a template's resources do.

    Attributes:
        aws: where the calls go.
        enforcement: None if roles are not enforced.
    """

    def __init__(self, aws: EmbeddedAws, model: Model, *, enforced: bool) -> None:
        """Assumes every role of the model if they are enforced, so that a failing one is reported at once.

        Raises:
            ConfigError: a role is not there, or does not trust the service that is to have it.
        """
        self.aws = aws
        ExportPermissions(aws)
        self.enforcement = Enforcement(aws, SCRIPT_BUCKET) if enforced else None
        if self.enforcement:
            for role, service, source in _roles(model):
                self._session(role, service, source)

    def environment_of(self, job: Job) -> Mapping[str, str]:
        """The credentials that a job's process gets, over those that all have."""
        session = self._session(job.role, _GLUE, _job(job))
        return session.environment() if session else {}

    def clients_of_job(self, job: Job) -> Clients:
        """What Glue does for a job: it reads its script, and writes its log."""
        return self._clients(job.role, _GLUE, _job(job))

    def clients_of_crawler(self, crawler: Crawler) -> Clients:
        """All that a crawler does."""
        return self._clients(crawler.properties["Role"], _GLUE, _crawler(crawler))

    def clients_of_schedule(self, call: ScheduledCall) -> Clients:
        """The call of a schedule, and what goes to its dead-letter queue."""
        return self._clients(call.role, _SCHEDULER, _group(call))

    def check_notify(self, rule: str, target: Mapping[str, Any]) -> None:
        """Whether EventBridge may wake the workflow that a target of a rule names.

        Args:
            rule: its name.
            target: the target, as in ``AWS::Events::Rule``.

        Raises:
            AccessDeniedError: its role does not allow it; AWS would drop the event, and the workflow would never run.
        """
        session = self._session(target.get("RoleArn", ""), _EVENTS, _rule(rule))
        if session and self.enforcement:
            self.enforcement.require(session, _NOTIFY, target["Arn"])

    def follow(self) -> None:
        """Goes by the roles as they are deployed now."""
        if self.enforcement:
            self.enforcement.read_again()

    def _clients(self, role: str, service: str, source: str) -> Clients:
        session = self._session(role, service, source)
        return self.enforcement.clients(session) if session and self.enforcement else self.aws.client

    def _session(self, role: str, service: str, source: str) -> Session | None:
        """The session of a role; `source` is the resource that it is for, as ``<service>:<resource>``."""
        if self.enforcement is None:
            return None
        name, _, resource = source.partition(":")
        return self.enforcement.take_on(
            role, service, f"arn:aws:{name}:{self.aws.region}:{self.aws.account_id}:{resource}"
        )


# The resource that each service names when it takes on a role. EventBridge and Scheduler document theirs (user guides,
# "Confused deputy prevention"); Glue does not: here it is the job or the crawler.


def _job(job: Job) -> str:
    return f"glue:job/{job.name}"


def _crawler(crawler: Crawler) -> str:
    return f"glue:crawler/{crawler.name}"


def _rule(name: str) -> str:
    return f"events:rule/{name}"


def _group(call: ScheduledCall) -> str:
    return f"scheduler:schedule-group/{call.group}"


def _roles(model: Model) -> list[tuple[str, str, str]]:
    """Every role that is used, with the service that takes it on and the resource that it is for."""
    rules = [rule for rule in model.rules.values() if rule.workflow_names()]
    return [
        *((job.role, _GLUE, _job(job)) for job in model.jobs.values()),
        *((str(crawler.properties["Role"]), _GLUE, _crawler(crawler)) for crawler in model.crawlers.values()),
        *(
            (str(target["RoleArn"]), _EVENTS, _rule(rule.name))
            for rule in rules
            for target in rule.targets
            if "RoleArn" in target
        ),
        *((call.role, _SCHEDULER, _group(call)) for call in model.schedules.values()),
    ]
