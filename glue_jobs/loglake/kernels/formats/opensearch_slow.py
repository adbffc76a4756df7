"""The slow logs of OpenSearch and Elasticsearch: searches and writes that took long, with their source."""

from __future__ import annotations

from collections.abc import Mapping

from loglake.core.schema.schema import InferredType
from loglake.kernels.arrow import pc, without
from loglake.kernels.formats.base import About
from loglake.kernels.formats.prefixes import TEXT, WHOLE, Groups, LayoutsFormat
from loglake.kernels.formats.text_fields import cut

FIELDS: Mapping[str, InferredType] = {
    "timestamp": TEXT,
    "logger": TEXT,
    "node": TEXT,
    "index": TEXT,
    "index_uuid": TEXT,
    "shard": WHOLE,
    "took": TEXT,
}
_PARTS: Mapping[str, InferredType] = {
    "took_millis": WHOLE,
    "total_hits": TEXT,
    "types": TEXT,
    "type": TEXT,
    "id": TEXT,
    "routing": TEXT,
    "stats": TEXT,
    "search_type": TEXT,
    "total_shards": WHOLE,
    "source": TEXT,
}
"""What follows ``took[…]``, each with its value in brackets."""


class OpenSearchSlowFormat(LayoutsFormat):
    """Lines such as ``[2026-11-21T08:00:00,123][WARN ][index.search.slowlog.query] [n] [orders][0] took[1.2s], …``."""

    shapes = (
        r"^\[(?P<timestamp>[^\]\n]+)\]\[(?P<level>[A-Z]+) *\]\[(?P<logger>[^\]\n]*?) *\] *(?:\[(?P<node>[^\]\n]*)\] *)?"
        r"\[(?P<index>[^\]/\n]+)(?:/(?P<index_uuid>[^\]\n]+))?\](?:\[(?P<shard>\d+)\])? "
        r"(?P<message>took\[(?P<took>[^\]]*)\], took_millis\[(?s:.*))$",
    )
    fields = FIELDS
    derived = _PARTS
    literal = r"\] took\["
    id = "opensearch_slow"
    source = "https://docs.opensearch.org/latest/install-and-configure/configuring-opensearch/logs/"
    about = About(
        title="Slow logs of OpenSearch and Elasticsearch",
        detection="Time, level, logger, node and index in brackets, then took and took_millis with their values.",
        level="The level in brackets.",
        example=(
            "[2026-11-21T08:00:00,123][WARN ][index.search.slowlog.query] [node-1] [orders][0] took[1.2s], "
            "took_millis[1200], total_hits[3 hits], stats[], search_type[QUERY_THEN_FETCH], total_shards[5], "
            'source[{"query":{"match_all":{}}}], id[]'
        ),
        rare={**FIELDS, **_PARTS},
    )

    def adjust(self, groups: Groups) -> Groups:
        """Cuts the values out of the brackets; the source may have brackets of its own."""
        text = groups["message"]
        plain = {name: cut(text, rf", {name}\[(?P<value>[^\]]*)\]")["value"] for name in _PARTS if name != "source"}
        source = cut(text, r", source\[(?P<source>(?s:.*?))\](?:, id\[[^\]]*\])?,? *\s*$")["source"]
        return {**groups, **plain, "source": without(pc.utf8_trim_whitespace(source), "")}
