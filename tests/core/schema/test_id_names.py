"""Which columns have ids by their names."""

from __future__ import annotations

import pytest

from loglake.core.schema.id_names import names_id

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    "name", ["request_id", "trace", "client_ip", "userIdentity_arn", "requestid", "USER", "host_2"]
)
def test_ids_and_addresses_are_told_by_name(name: str) -> None:
    assert names_id(name)


@pytest.mark.parametrize("name", ["message", "paid", "status", "hidden", "description", "traced"])
def test_other_columns_are_not(name: str) -> None:
    assert not names_id(name)
