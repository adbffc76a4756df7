"""Writes the resource types that the local CloudFormation knows: ``python -m infra.resource_schemas``.

cfn-lint brings a copy of AWS's resource provider schemas, but it is a development dependency. An installed loglake
lacks it, so the package keeps the needed parts of the schemas in a file.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

from gluelocal.cloudformation.resource_schemas import SCHEMAS_FILE
from gluelocal.templates.provision import RESOURCE_TYPES

_REGION = "us-east-1"
_PROPERTIES = "/properties/"


def schemas() -> dict[str, dict[str, Any]]:
    """The needed parts of the schemas by resource type, sorted."""
    from cfnlint.helpers import REGIONS
    from cfnlint.schema import PROVIDER_SCHEMA_MANAGER

    get = PROVIDER_SCHEMA_MANAGER.get_resource_schema
    types = {region: set(PROVIDER_SCHEMA_MANAGER.get_resource_types(region)) for region in sorted(REGIONS)}
    return {
        name: {
            **_needed(get(_REGION, name).schema),
            "lackingIn": [region for region, known in types.items() if known and name not in known],
        }
        for name in sorted(RESOURCE_TYPES)
    }


def _needed(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "createOnly": _names(schema.get("createOnlyProperties")),
        "conditionalCreateOnly": _names(schema.get("conditionalCreateOnlyProperties")),
        "identifier": _names(schema.get("primaryIdentifier")),
    }


def _names(pointers: list[str] | None) -> list[str]:
    """JSON pointers below ``/properties/``, as paths from there on."""
    return sorted(pointer.removeprefix(_PROPERTIES) for pointer in pointers or [])


def main() -> None:
    """Writes the file."""
    source = (
        f"The resource provider schemas of AWS, as cfn-lint {version('cfn-lint')} has them. Written by make schemas."
    )
    document = {"source": source, "types": schemas()}
    SCHEMAS_FILE.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
