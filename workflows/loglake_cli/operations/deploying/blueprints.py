"""The templates for deploying: their text, their parameters, and their resources."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from gluelocal.templates.template import BoundTemplate, Template, load_template
from gluelocal.templates.template_yaml import load_yaml
from loglake_cli.deploy.calls import Place
from loglake_cli.deploy.change_sets.changes import KEPT_TYPES, Change
from loglake_cli.deploy.change_sets.cloudformation import ToImport
from loglake_cli.deploy.settings.settings import Declared
from loglake_cli.deploy.stacks import ALL_STACKS, STACKS, StackTemplate

_MOST_BYTES = 51_200
"""The largest template inside a call (CloudFormation quotas)."""

_IAM_NAMES = {"RoleName", "ManagedPolicyName", "UserName", "GroupName", "InstanceProfileName"}
"""Properties that need another capability (CreateChangeSet, Capabilities)."""

_KEEP = {"Retain", "RetainExceptOnCreate"}
_SHARED = ("Parameters", "Mappings", "Conditions")

OPTIONAL = tuple(each.name for each in ALL_STACKS if each not in STACKS)
"""The stacks that a settings file can turn on and off."""


@dataclass(frozen=True)
class Blueprint:
    """A template.

    Attributes:
        written: its text as it is written.
        document: its content, short function tags written out.
        template: the same, checked.
    """

    stack: StackTemplate
    written: str
    document: Mapping[str, Any]
    template: Template

    @property
    def name(self) -> str:
        """The part of its stack's name after the prefix."""
        return self.stack.name

    @property
    def text(self) -> str:
        """The text for CloudFormation: as written, or without comments if it is too long."""
        if len(self.written.encode()) <= _MOST_BYTES:
            return self.written
        return json.dumps(self.document, ensure_ascii=False, separators=(",", ":"))

    @property
    def declared(self) -> Mapping[str, Mapping[str, Any]]:
        """Its Parameters section."""
        return dict(self.document.get("Parameters", {}))

    @property
    def outputs(self) -> frozenset[str]:
        """The names of its outputs."""
        return frozenset(self.document.get("Outputs", {}))

    @property
    def capabilities(self) -> tuple[str, ...]:
        """The capabilities that it needs: it makes roles or policies."""
        iam = [each for each in self.document["Resources"].values() if each["Type"].startswith("AWS::IAM::")]
        named = {name for each in iam for name in each.get("Properties", {})} & _IAM_NAMES
        return ("CAPABILITY_NAMED_IAM",) if named else ("CAPABILITY_IAM",) if iam else ()

    @property
    def retained(self) -> frozenset[str]:
        """The logical ids of resources that stay when the stack is deleted."""
        return frozenset(
            name for name, item in self.document["Resources"].items() if item.get("DeletionPolicy") in _KEEP
        )

    def additions(self, values: Mapping[str, str], place: Place, stack_name: str) -> tuple[Change, ...]:
        """The resources of a new stack: those without a condition, or with one that holds."""
        active = self._bound(values, place, stack_name).active()
        return tuple(Change("Add", name, resource.type) for name, resource in active.items())

    def kept(self, values: Mapping[str, str], place: Place, stack_name: str) -> Iterator[ToImport]:
        """What outlives the stack: buckets with their policies, and tables, by the names that they have in the account.

        A policy is named by its bucket, which comes before it.
        """
        bound = self._bound(values, place, stack_name)
        names: dict[str, str] = {}
        for name, resource in bound.active().items():
            if name in self.retained and resource.type in KEPT_TYPES:
                key, _ = KEPT_TYPES[resource.type]
                names[name] = bound.properties(resource, lambda of, _: names.get(of, f"<{of}>"))[key]
                yield ToImport(name, resource.type, {key: names[name]})

    def importing(self, logical_ids: Iterable[str], deployed: Mapping[str, Any]) -> str:
        """The text for an import: a stack's own template with the imported resources; a later update makes the rest.

        CloudFormation user guide, "Import AWS resources into a CloudFormation stack": each imported resource needs a
        DeletionPolicy, and an import creates, changes and deletes nothing else. CloudFormation refuses any other change
        with "As part of the import operation, you cannot modify or add [Outputs]", and so for Tags.

        Args:
            logical_ids: the resources to import.
            deployed: the template that the stack has; empty for a new stack.
        """
        shared = {name: {**self.document.get(name, {}), **deployed.get(name, {})} for name in _SHARED}
        imported = {name: self.document["Resources"][name] for name in logical_ids}
        resources = {**imported, **deployed.get("Resources", {})}
        whole = {**deployed, **shared, "Resources": resources}
        return json.dumps({name: part for name, part in whole.items() if part}, separators=(",", ":"))

    def _bound(self, values: Mapping[str, str], place: Place, stack_name: str) -> BoundTemplate:
        """Values that are not known yet become placeholders: only conditions and names are read."""
        defaults = {name: str(item.get("Default", f"<{name}>")) for name, item in self.declared.items()}
        return BoundTemplate(self.template, {**place.pseudo_parameters(stack_name), **defaults, **values})


def read_blueprints(stacks: Iterable[StackTemplate]) -> tuple[Blueprint, ...]:
    """Reads the templates of stacks, in the same order."""
    return tuple(_read(stack, stack.path.read_text("utf-8")) for stack in stacks)


def parameters_of_all() -> Declared:
    """The parameters that a settings file may set: the Parameters section of each template, by stack name."""
    return {each.name: each.declared for each in read_blueprints(ALL_STACKS)}


@lru_cache(maxsize=32)
def _read(stack: StackTemplate, written: str) -> Blueprint:
    """Cached by text: parsing all of them takes a second."""
    return Blueprint(stack, written, load_yaml(stack.path), load_template(stack.path))
