"""AWS settings that boto3 finds by itself, as in a job's process."""

from __future__ import annotations

from typing import TYPE_CHECKING

import boto3

if TYPE_CHECKING:
    import pytest

    from gluelocal.cloud.embedded_aws import EmbeddedAws


def point_at(aws: EmbeddedAws, monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes boto3's default clients use an embedded AWS for the rest of the test."""
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)  # it keeps the credentials that an earlier test had
    for name, value in aws.environment().items():
        monkeypatch.setenv(name, value)
