"""The template of an import: only the imported resources may be new in it, and nothing may change.

Source: CloudFormation user guide, "Import AWS resources into a CloudFormation stack": each resource needs a
DeletionPolicy, an import creates, changes and deletes nothing else, and outputs can't be added or changed.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

_KEPT = ("AWSTemplateFormatVersion", "Description", "Parameters", "Mappings", "Conditions")


def import_template(template: Mapping[str, Any], logical_ids: Collection[str]) -> str:
    """The template of a stack with only the imported resources; a later update adds the rest.

    Args:
        template: the whole template, as plain data.
        logical_ids: the resources to import; each has a DeletionPolicy.
    """
    kept = {name: template[name] for name in _KEPT if name in template}
    resources = {name: template["Resources"][name] for name in logical_ids}
    return json.dumps({**kept, "Resources": resources}, indent=1)
