"""botocore's models of the AWS services: what their operations take and give."""

from __future__ import annotations

from functools import lru_cache

from botocore.loaders import Loader
from botocore.model import ServiceModel


@lru_cache(maxsize=32)
def service_model(service: str) -> ServiceModel:
    """The model of a service by its name in botocore, such as ``logs``."""
    return ServiceModel(Loader().load_service_model(service, "service-2"), service)
