"""The template of an import: only what is imported may be new in it, and nothing may change.

Source: CloudFormation user guide, "Import AWS resources into a CloudFormation stack": each resource needs a
DeletionPolicy, an import creates, changes and deletes nothing else, and outputs can't be added or changed.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

_KEPT = ("AWSTemplateFormatVersion", "Description", "Parameters", "Mappings", "Conditions")


def import_template(template: Mapping[str, Any], logical_ids: Collection[str]) -> str:
    """The template of a stack that has nothing but what is imported; an update makes the rest.

    Args:
        template: all of it, as plain data.
        logical_ids: of the resources to import; each has a DeletionPolicy.
    """
    kept = {name: template[name] for name in _KEPT if name in template}
    resources = {name: template["Resources"][name] for name in logical_ids}
    return json.dumps({**kept, "Resources": resources}, indent=1)
