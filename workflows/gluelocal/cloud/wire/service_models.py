"""botocore's models of the AWS services: inputs and outputs of their operations."""

from __future__ import annotations

from functools import cache, lru_cache

from botocore.loaders import Loader
from botocore.model import ServiceModel


@cache
def models() -> Loader:
    """Loads each model once. It lists the available models once, because listing takes longer than loading one."""
    return Loader()


@lru_cache(maxsize=32)
def service_model(service: str) -> ServiceModel:
    """The model of a service by its name in botocore, such as ``logs``."""
    return ServiceModel(models().load_service_model(service, "service-2"), service)


@lru_cache(maxsize=1)
def _names() -> frozenset[str]:
    return frozenset(models().list_available_services("service-2"))


def is_known(service: str) -> bool:
    """Whether botocore knows a service of this name."""
    return service in _names()
