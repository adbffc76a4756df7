"""Events of AWS services as JSON that has neither message nor level at the usual places: what each of them is about."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Callable

import pyarrow as pa

from loglake.kernels.arrow import NO_STRING, Strings, choose, coalesce, matches, pc
from loglake.kernels.formats.base import BRACE, Sign
from loglake.kernels.formats.coded.texts import table_of
from loglake.kernels.formats.json_kinds import JsonShape, ObjectFormat, if_there
from loglake.kernels.formats.levels import normal_level
from loglake.kernels.formats.objects.paths import paths_of


def _finding_level(texts: Strings, sources: Strings) -> Strings:
    """GuardDuty's severity: high from 7, medium from 4. Others may have words there; numbers are their own."""
    own = choose(pc.equal(sources, "aws.guardduty"), texts, NO_STRING)
    numbers = choose(matches(own, r"^\d+(?:\.\d+)?$"), own, NO_STRING).cast(pa.float64())
    known = choose(pc.greater_equal(numbers, 7), "ERROR", choose(pc.greater_equal(numbers, 4), "WARN", "INFO"))
    return coalesce(known, normal_level(choose(matches(texts, r"^\d+$"), NO_STRING, texts)))


_LEVELS: Mapping[str, Callable[..., Strings]] = {
    "level": normal_level,
    "error": partial(if_there, "ERROR"),
    "finding": _finding_level,
}
"""By the key that says where the level is: a word, that something failed if it is there, or a severity."""


def _shape(record: Mapping[str, Any]) -> JsonShape:
    """Events of one service."""
    return JsonShape(
        tuple(record["keys"]),
        paths_of(record["message"]),
        levels=tuple((paths_of(record[key]), level_of) for key, level_of in _LEVELS.items() if key in record),
        failed=record.get("failed", ""),
        header=next(iter(paths_of(record.get("header", ""))), ()),
        needs_message=True,
    )


_RECORDS = table_of("aws_event")

AWS_EVENT = ObjectFormat(
    "aws_event",
    tuple(map(_shape, _RECORDS)),
    tuple(Sign(BRACE, sign) for sign in dict.fromkeys(each["sign"] for each in _RECORDS)),
)
"""JSON objects of EventBridge, Step Functions, Network Firewall and others, by their most particular keys."""
