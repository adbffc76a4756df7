"""Names of columns with ids and addresses: what people search for. Files have Bloom filters for them."""

from __future__ import annotations

import re

_ID = re.compile(
    r"(^|_)(id|ids|uuid|guid|ip|ips|addr|address|host|hostname|user|username|principal|email|session|trace|span|"
    r"request|correlation|token|arn)(_\d+)?$|(request|trace|span|session|user|account|client|customer|order)id$"
)


def names_id(column: str) -> bool:
    """Whether a column's name says that it has ids or addresses."""
    return bool(_ID.search(column.lower()))
