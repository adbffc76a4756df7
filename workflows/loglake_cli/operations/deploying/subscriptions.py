"""The subscription filters of a deployment's log groups: no stack has them, since there may be thousands."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import partial
from typing import Callable

from loglake.aws import session
from loglake.aws.export_tasks import list_log_groups
from loglake.aws.objects import S3ObjectStore
from loglake.aws.subscription_filters import CloudWatchSubscriptionFilters
from loglake.core.landing.subscriptions import SubscriptionFilter, due
from loglake.core.ports.clock import Clock
from loglake.core.schema.datasets import Datasets
from loglake.pipelines.landing.subscribe import Report, Subscriber, read_note
from loglake_cli.deploy.calls import Clients, Place
from loglake_cli.deploy.change_sets.cloudformation import CloudFormation
from loglake_cli.operations.deploying.running import jobs_under_way, wait_until_idle

STREAMING = "streaming"
"""The stack with the delivery stream, which outputs the filter."""

_MOST_S = 60
"""How long a deployment makes filters; the look makes the rest."""

_MOST_LOOK_S = 60 * 60


@dataclass(frozen=True)
class Subscriptions:
    """The filters of a deployment."""

    cloudformation: CloudFormation
    clients: Clients
    clock: Clock
    say: Callable[[str], None]
    place: Place
    prefix: str

    @property
    def noted(self) -> int:
        """How many log groups have the filter, as the last look noted it."""
        note = read_note(self._control)
        return note.having(note.groups)

    def plan(self, datasets: Datasets, pattern: str) -> Report:
        """What a look would do, by what the last one noted and with another filter pattern; asks about no log group."""
        note = read_note(self._control)
        groups = list_log_groups(self.clients("logs"))
        found = due(note, note.wanted._replace(pattern=pattern), datasets, groups)
        refused = {name: why for name, why in note.refused.items() if name in found.missing}
        return Report(len(found.missing) - len(refused), note.having(found.leaving), {**refused, **found.left_out})

    def subscribe(self, datasets: Datasets) -> Report:
        """Makes and deletes filters as the deployed stack says, for a minute."""
        wanted = self._deployed
        return self._subscriber(wanted).subscribe(datasets, _MOST_S) if wanted else Report()

    def remove(self) -> Report:
        """Deletes all filters of the deployment, once no look runs.

        Raises:
            PermanentError: some could not be deleted.
        """
        note = read_note(self._control)
        wanted = note.wanted if note.looked_ms else self._deployed
        if wanted is None or (note.looked_ms and not note.groups):
            return Report()
        running = partial(jobs_under_way, self.clients("glue"), self.prefix, ("look-landing",))
        wait_until_idle(running, self.clock, self.say, _MOST_LOOK_S)
        return self._subscriber(wanted).remove()

    @property
    def _deployed(self) -> SubscriptionFilter | None:
        """The filter that the stack outputs; None if it makes none for log groups."""
        state = self.cloudformation.stack(f"{self.prefix}-{STREAMING}")
        text = state.outputs.get("Subscription") if state else None
        return SubscriptionFilter(**json.loads(text)) if text else None

    @property
    def _control(self) -> S3ObjectStore:
        return S3ObjectStore(self.clients("s3"), self.place.bucket(self.prefix, "control"))

    def _subscriber(self, wanted: SubscriptionFilter) -> Subscriber:
        logs = self.clients("logs")  # in the Region of the others
        filters = CloudWatchSubscriptionFilters(logs, session.logs_without_retries())
        return Subscriber(wanted, filters, self._control, self.clock, self.say)
