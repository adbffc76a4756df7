"""What a mistyped name may mean."""

from __future__ import annotations

import pytest

from loglake.core.near_names import meant

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("app_shpo", "did you mean app_shop or app_shops?"),
        ("APP_SHOPS", "did you mean app_shops or app_shop?"),
        ("xyz", ""),
    ],
)
def test_near_names_are_named_the_nearest_first(typed: str, said: str) -> None:
    assert meant(typed, ["app_pay", "app_shop", "app_shops"], cutoff=0.7) == said
    assert meant(typed, []) == ""


def test_a_name_is_given_as_it_is_written() -> None:
    assert meant("lagminute", ["LagMinutes", "Prefix"], most=1) == "did you mean LagMinutes?"
