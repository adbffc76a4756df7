"""moto's application, without its slowest parts.

For each request, moto lists the folder of its services. For each attribute of a DynamoDB item, it tries ten names in
five spellings. For each service, it searches the models of all services. For each call, it lists the methods of a
class. Together these take half the time of a call.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from functools import cache, lru_cache
from typing import Any

from moto.core import responses, utils
from moto.core.loaders import create_loader
from moto.core.serialize import SERVICE_SPECIFIC_SERIALIZERS, JSONSerializer
from moto.moto_server import werkzeug_app

_HOSTS = 256
"""The maximum of cached host names: a client may send any name."""


def moto_application() -> Any:
    """The application, without the headers that let web pages of other sites read its answers.

    MOTO_DISABLE_GLOBAL_CORS does the same, but moto reads it only once, at its first import in this process.
    """
    werkzeug_app.DISABLE_GLOBAL_CORS = True
    quicken_moto()
    return _Application(werkzeug_app.create_backend_app)


_loader = cache(create_loader)
_method_names = cache(utils.method_names_from_class)


def quicken_moto() -> None:
    """Replaces the slowest parts that every use of moto has, in this process."""
    utils.create_loader = _loader
    responses.method_names_from_class = _method_names
    SERVICE_SPECIFIC_SERIALIZERS["dynamodb"] = {"json": _ItemSerializer}


class _Application(werkzeug_app.DomainDispatcherApplication):  # type: ignore[misc]  # moto is not followed by mypy
    def __init__(self, create_app: Any) -> None:
        super().__init__(create_app)
        self.get_backend_for_host = lru_cache(_HOSTS)(super().get_backend_for_host)


class _ItemSerializer(JSONSerializer):  # type: ignore[misc]  # as above
    """Looks only for the member that an attribute value has: one of ten."""

    def _serialize_type_structure(self, serialized: MutableMapping[str, Any], value: Any, shape: Any, key: str) -> None:
        if shape.name != "AttributeValue" or not isinstance(value, dict) or not value.keys() <= shape.members.keys():
            super()._serialize_type_structure(serialized, value, shape, key)
            return
        found: dict[str, Any] = {}
        for name, member in value.items():
            if member is not None:
                self._serialize(found, member, shape.members[name], name)
        serialized[key] = found
