"""The identity of the runtime's AWS calls: the templates' roles if roles are enforced, else the runtime's own."""

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
    """Clients and credentials for a template's resources.

    Attributes:
        aws: the AWS to call.
        enforcement: None if roles are not enforced.
    """

    def __init__(self, aws: EmbeddedAws, model: Model, *, enforced: bool) -> None:
        """If roles are enforced, assumes every role of the model, so that a failing one is reported at once.

        Raises:
            ConfigError: a role doesn't exist, or doesn't trust its service.
        """
        self.aws = aws
        ExportPermissions(aws)
        self.enforcement = Enforcement(aws, SCRIPT_BUCKET) if enforced else None
        if self.enforcement:
            for role, service, source in _roles(model):
                self._session(role, service, source)

    def environment_of(self, job: Job) -> Mapping[str, str]:
        """The credentials for a job's process, over the environment that all jobs share."""
        session = self._session(job.role, _GLUE, _job(job))
        return session.environment() if session else {}

    def clients_of_job(self, job: Job) -> Clients:
        """Clients for Glue's work on a job: it reads the script, and writes the log."""
        return self._clients(job.role, _GLUE, _job(job))

    def clients_of_crawler(self, crawler: Crawler) -> Clients:
        """Clients for a crawler."""
        return self._clients(crawler.properties["Role"], _GLUE, _crawler(crawler))

    def clients_of_schedule(self, call: ScheduledCall) -> Clients:
        """Clients for a schedule's call, and for its dead-letter queue."""
        return self._clients(call.role, _SCHEDULER, _group(call))

    def check_notify(self, rule: str, target: Mapping[str, Any]) -> None:
        """Checks that EventBridge may start the workflow of a rule's target.

        Args:
            rule: the rule's name.
            target: the target, as in ``AWS::Events::Rule``.

        Raises:
            AccessDeniedError: the target's role doesn't allow it. AWS would drop the event, and the workflow would
                never run.
        """
        session = self._session(target.get("RoleArn", ""), _EVENTS, _rule(rule))
        if session and self.enforcement:
            self.enforcement.require(session, _NOTIFY, target["Arn"])

    def follow(self) -> None:
        """Reads the deployed roles again."""
        if self.enforcement:
            self.enforcement.read_again()

    def _clients(self, role: str, service: str, source: str) -> Clients:
        session = self._session(role, service, source)
        return self.enforcement.clients(session) if session and self.enforcement else self.aws.client

    def _session(self, role: str, service: str, source: str) -> Session | None:
        """The session of a role; `source` is the resource that uses it, as ``<service>:<resource>``."""
        if self.enforcement is None:
            return None
        name, _, resource = source.partition(":")
        return self.enforcement.take_on(
            role, service, f"arn:aws:{name}:{self.aws.region}:{self.aws.account_id}:{resource}"
        )


# The resource that each service names when it assumes a role. EventBridge and Scheduler document theirs (user guides,
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
    """Every role in use, with the service that assumes it and the resource that it is for."""
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
