"""In whose name the runtime calls AWS: with the roles of the templates where they are enforced, else with its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from workflows.local.iam.bucket_policies import ExportPermissions
from workflows.local.iam.enforcement import Enforcement, Session
from workflows.local.templates.foreign import SCRIPT_BUCKET

if TYPE_CHECKING:
    from workflows.local.cloud.embedded_aws import EmbeddedAws
    from workflows.local.engine.model import Crawler, Job, Model, ScheduledCall
    from workflows.local.templates.resource_types.base import Clients

_GLUE = "glue.amazonaws.com"
_EVENTS = "events.amazonaws.com"
_SCHEDULER = "scheduler.amazonaws.com"
_NOTIFY = "glue:notifyEvent"


class RoleAccess:
    """Clients and credentials for what a template's resources do.

    Attributes:
        aws: where the calls go.
        enforcement: None where roles are not enforced.
    """

    def __init__(self, aws: EmbeddedAws, model: Model, *, enforced: bool) -> None:
        """Takes on every role of the model where they are enforced, so that one which can't be is told at once.

        Raises:
            ConfigError: a role is not there, or does not trust the service that is to have it.
        """
        self.aws = aws
        ExportPermissions(aws)
        self.enforcement = Enforcement(aws, SCRIPT_BUCKET) if enforced else None
        if self.enforcement:
            for role, service in _roles(model):
                self.enforcement.take_on(role, service)

    def environment_of(self, job: Job) -> Mapping[str, str]:
        """The credentials that a job's process gets, over those that all have."""
        session = self._session(job.role, _GLUE)
        return session.environment() if session else {}

    def clients_of_job(self, job: Job) -> Clients:
        """What Glue does for a job: it reads its script, and writes its log."""
        return self._clients(job.role, _GLUE)

    def clients_of_crawler(self, crawler: Crawler) -> Clients:
        """All that a crawler does."""
        return self._clients(crawler.properties["Role"], _GLUE)

    def clients_of_schedule(self, call: ScheduledCall) -> Clients:
        """The call of a schedule, and what goes to its dead-letter queue."""
        return self._clients(call.role, _SCHEDULER)

    def check_notify(self, target: Mapping[str, Any]) -> None:
        """Whether EventBridge may wake the workflow that a rule's target names.

        Raises:
            AccessDeniedError: its role does not allow it; AWS would drop the event, and the workflow would never run.
        """
        session = self._session(target.get("RoleArn", ""), _EVENTS)
        if session and self.enforcement:
            self.enforcement.require(session, _NOTIFY, target["Arn"])

    def _clients(self, role: str, service: str) -> Clients:
        session = self._session(role, service)
        return self.enforcement.clients(session) if session and self.enforcement else self.aws.client

    def _session(self, role: str, service: str) -> Session | None:
        return self.enforcement.take_on(role, service) if self.enforcement else None


def _roles(model: Model) -> list[tuple[str, str]]:
    """Every role that is used, with the service that takes it on."""
    targets = [target for rule in model.rules.values() if rule.workflow_names() for target in rule.targets]
    return [
        *((job.role, _GLUE) for job in model.jobs.values()),
        *((str(crawler.properties["Role"]), _GLUE) for crawler in model.crawlers.values()),
        *((str(target["RoleArn"]), _EVENTS) for target in targets if "RoleArn" in target),
        *((call.role, _SCHEDULER) for call in model.schedules.values()),
    ]
