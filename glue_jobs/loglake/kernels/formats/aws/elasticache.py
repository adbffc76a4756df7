"""The slow log and the engine log of ElastiCache as text."""

from __future__ import annotations

from loglake.kernels.formats.base import TEXT, TIME, WHOLE, About
from loglake.kernels.formats.levels import name_level
from loglake.kernels.formats.prefixes import Groups, Layouts, LayoutsFormat
from loglake.kernels.formats.signs import Sign
from loglake.kernels.formats.text_fields import REST

_CLUSTER, _NODE = r"(?P<CacheClusterId>[A-Za-z][A-Za-z0-9-]*)", r"(?P<CacheNodeId>\d{4})"


class ElastiCacheFormat(LayoutsFormat):
    """Slow commands such as ``shop-001,0001,1795248000,12345,GET ... (1 more arguments),10.0.0.1:51234,app``.

    Lines of the engine are such as ``shop-001/0001:M 21 Nov 2026 08:00:00.123 UTC * Background saving started``.
    """

    layouts = Layouts(
        shapes=(
            rf"^{_CLUSTER},{_NODE},(?:(?P<Id>\d+),)?(?P<Timestamp>1\d{{9}}),(?P<Duration>\d+),(?P<Command>(?s:.*)),"
            r"(?P<ClientAddress>[^,\s]*:\d+),(?P<ClientName>[^,\n]*)$",
            rf"^{_CLUSTER}/{_NODE}:(?P<Role>[MSCX]) (?P<Time>\d\d [A-Z][a-z]{{2}} \d{{4}} [\d:.]{{8,12}}(?: UTC)?) "
            rf"(?P<level>[-.*#]) {REST}",
        ),
        # The names are those of the same logs as JSON. ``Duration`` is in microseconds.
        fields={
            "CacheClusterId": TEXT,
            "CacheNodeId": TEXT,
            "Id": WHOLE,
            "Timestamp": TIME,
            "Duration": WHOLE,
            "Command": TEXT,
            "ClientAddress": TEXT,
            "ClientName": TEXT,
            "Role": TEXT,
            "Time": TEXT,
        },
    )
    signs = (Sign("[A-Za-z][A-Za-z0-9,/-]{5}"),)
    id = "elasticache"
    about = About(
        title="ElastiCache: slow log and engine log, as text",
        source="https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/Log_Delivery.html",
        detection=(
            "The cluster, a node of four digits, seconds since the epoch, microseconds, a command, a client's address "
            "and name, between commas; or cluster/node:role, a time, a sign for the level and text."
        ),
        level="That of the sign of the engine: - is DEBUG, * is INFO, # is WARN.",
        example="shop-001,0001,17,1795248000,12345,GET ... (1 more arguments),10.0.0.1:51234,app",
        rare=layouts.types,
        note="Both logs as JSON are `aws_event` and `json`. The message of the slow log is the command.",
    )

    def adjust(self, groups: Groups) -> Groups:
        """The sign's level; of the slow log the command is the message."""
        if "level" in groups:
            return {**groups, "level": name_level(groups["level"])}
        return {**groups, "message": groups["Command"]}
