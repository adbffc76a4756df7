"""Differences between the values of properties."""

from __future__ import annotations

from typing import Any

import pytest

from gluelocal.cloudformation.differences import Difference, differences

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ({"A": 1}, {"A": "1"}, []),
        ({"A": True}, {"A": "true"}, []),
        ({"A": 30.0}, {"A": 30}, []),
        ({"A": {"B": 1}}, {"A": {"B": 2}}, [Difference("/A/B", "Modify", 1, 2)]),
        ({"A": 1}, {"B": 1}, [Difference("/A", "Remove", 1), Difference("/B", "Add", None, 1)]),
        ({"A": [1, 2]}, {"A": [1]}, [Difference("/A/1", "Remove", 2)]),
        ({"A": [1]}, {"A": [3, 2]}, [Difference("/A/0", "Modify", 1, 3), Difference("/A/1", "Add", None, 2)]),
        ({"A": {}}, {"A": []}, [Difference("/A", "Modify", {}, [])]),
        ({"A": None}, {"A": ""}, [Difference("/A", "Modify", None, "")]),
    ],
)
def test_differences(before: Any, after: Any, found: list[Difference]) -> None:
    assert list(differences(before, after)) == found
