"""Fixtures: an account in memory that the commands work on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.deployments.aws_account import AwsAccount

from loglake.aws import session
from loglake_cli.cli.deploying import deploy, destroy, init
from loglake_cli.deploy.packaged_files import NO_EXTRA_WHEELS
from loglake_cli.deploy.packaging import Package, build_package
from loglake_cli.operations.deploying import deploy as deploying


@pytest.fixture(scope="session")
def package() -> Package:
    return build_package(NO_EXTRA_WHEELS)


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, package: Package) -> Iterator[AwsAccount]:
    """The account of the credentials, in an empty working folder. Deploying runs no checks."""
    made = AwsAccount()
    for module in (deploy, destroy, init):
        monkeypatch.setattr(module, "clients_of", lambda _region="": made.clients)
        monkeypatch.setattr(module, "SystemClock", lambda: made.clock)
    monkeypatch.setattr(session, "logs_without_retries", lambda: made.clients("logs"))
    monkeypatch.setattr(deploying, "build_package", lambda _wheels: package)
    monkeypatch.setattr(deploy, "extra_wheels", lambda: NO_EXTRA_WHEELS)
    monkeypatch.setattr(deploy, "checked", lambda *_: ())
    monkeypatch.chdir(tmp_path)
    yield made
    assert made.cloudformation.change_sets == {}, "a command leaves no change set behind"
