"""What a process of a job runs on, for whoever looks at a deployment for the first time."""

from __future__ import annotations

import platform
import socket
from importlib.metadata import PackageNotFoundError, version

import boto3

from loglake.aws import session


def runtime() -> dict[str, str]:
    """Versions, Region, and where the credentials come from; never the credentials themselves. Empty is: none."""
    credentials = boto3.Session().get_credentials()
    return {
        "python": platform.python_version(),
        "boto3": boto3.__version__,
        "isal": _version("isal"),
        "region": session.region() or "",
        "credentials": credentials.method if credentials else "",
        "host": socket.gethostname(),
    }


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
