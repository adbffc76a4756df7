"""The identity of the runtime's AWS calls: the templates' roles if roles are enforced, else the runtime's own."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from gluelocal.cloud.embedded_aws import EmbeddedAws
from gluelocal.iam.enforcement import Enforcement, Session
from gluelocal.model.model import Crawler, Job, Model, ScheduledCall
from gluelocal.templates.resource_types.base import Clients
from gluelocal.templates.template_adapter import SCRIPT_BUCKET


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
        self.enforcement = Enforcement(aws, SCRIPT_BUCKET) if enforced else None
        if self.enforcement:
            for role, service, resource in _roles(model):
                self._session(role, service, resource)

    def environment_of(self, job: Job) -> Mapping[str, str]:
        """The credentials for a job's process, over the environment that all jobs share."""
        session = self._session(job.role, "glue", f"job/{job.name}")
        return session.key.environment() if session else {}

    def clients_of_job(self, job: Job) -> Clients:
        """Clients for Glue's work on a job: it reads the script, and writes the log."""
        return self._clients(job.role, "glue", f"job/{job.name}")

    def clients_of_crawler(self, crawler: Crawler) -> Clients:
        """Clients for a crawler."""
        return self._clients(crawler.properties["Role"], "glue", f"crawler/{crawler.name}")

    def clients_of_schedule(self, call: ScheduledCall) -> Clients:
        """Clients for a schedule's call, and for its dead-letter queue."""
        return self._clients(call.role, "scheduler", f"schedule-group/{call.group}")

    def check_notify(self, rule: str, target: Mapping[str, Any]) -> None:
        """Checks that EventBridge may start the workflow of a rule's target.

        Args:
            rule: the rule's name.
            target: the target, as in ``AWS::Events::Rule``.

        Raises:
            AccessDeniedError: the target's role doesn't allow it. AWS would drop the event, and the workflow would
                never run.
        """
        session = self._session(target.get("RoleArn", ""), "events", f"rule/{rule}")
        if session and self.enforcement:
            self.enforcement.require(session, "glue:notifyEvent", target["Arn"])

    def follow(self) -> None:
        """Reads the deployed roles again."""
        if self.enforcement:
            self.enforcement.read_again()

    def _clients(self, role: str, service: str, resource: str) -> Clients:
        session = self._session(role, service, resource)
        return partial(self.aws.client_as, session.key) if session else self.aws.client

    def _session(self, role: str, service: str, resource: str) -> Session | None:
        """The session of a role, for the resource that a service names when it assumes it.

        EventBridge and Scheduler document theirs (user guides, "Confused deputy prevention"); Glue does not: here it is
        the job or the crawler.
        """
        if self.enforcement is None:
            return None
        source = f"arn:aws:{service}:{self.aws.region}:{self.aws.account_id}:{resource}"
        return self.enforcement.take_on(role, f"{service}.amazonaws.com", source)


def _roles(model: Model) -> list[tuple[str, str, str]]:
    """Every role in use, with the service that assumes it and the resource that it is for."""
    return [
        *((job.role, "glue", f"job/{job.name}") for job in model.jobs.values()),
        *((str(crawler.properties["Role"]), "glue", f"crawler/{crawler.name}") for crawler in model.crawlers.values()),
        *(
            (str(target["RoleArn"]), "events", f"rule/{rule.name}")
            for rule in model.rules.values()
            for target in rule.targets
            if "RoleArn" in target and rule.workflow_names()
        ),
        *((call.role, "scheduler", f"schedule-group/{call.group}") for call in model.schedules.values()),
    ]
