"""The environment of a job's process, for the first look at a deployment."""

from __future__ import annotations

import platform
import socket
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version

import boto3
from botocore.exceptions import BotoCoreError

from loglake.aws import session


@lru_cache(maxsize=1)  # each task calls this, and finding the credentials takes a moment
def runtime() -> dict[str, str]:
    """Versions, Region, and where the credentials come from; never the credentials themselves. Empty: none."""
    return {
        "python": platform.python_version(),
        "boto3": boto3.__version__,
        "isal": _version("isal"),
        "pyarrow": _version("pyarrow"),
        "region": session.region() or "",
        "credentials": _credentials(),
        "host": socket.gethostname(),
    }


def _credentials() -> str:
    """The way in which boto3 finds them."""
    try:
        return session.credentials_method()
    except BotoCoreError:  # no run fails because of this
        return ""


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
