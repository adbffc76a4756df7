"""The template of an import: only the imported resources may be new in it, and nothing else may change.

Sources: CloudFormation user guide, "Import AWS resources into a CloudFormation stack": each resource needs a
DeletionPolicy, and an import creates, changes and deletes nothing else. CloudFormation refuses any other change with
"As part of the import operation, you cannot modify or add [Outputs]", and so for Tags.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

_SHARED = ("Parameters", "Mappings", "Conditions")


def import_template(template: Mapping[str, Any], logical_ids: Iterable[str], deployed: Mapping[str, Any]) -> str:
    """A stack's own template with the imported resources; a later update makes the rest.

    Args:
        template: the target template, as plain data.
        logical_ids: the resources to import; each has a DeletionPolicy.
        deployed: the template that the stack has; empty for a new stack.
    """
    shared = {name: {**template.get(name, {}), **deployed.get(name, {})} for name in _SHARED}
    imported = {name: template["Resources"][name] for name in logical_ids}
    resources = {**imported, **deployed.get("Resources", {})}
    whole = {**deployed, **shared, "Resources": resources}
    return json.dumps({name: part for name, part in whole.items() if part}, separators=(",", ":"))
