"""A build hook: the wheel of `loglake` has the project's files, which `loglake_cli.project_files` finds there.

An editable install gets none of them: a clone has the files themselves, and a copy would go stale.
"""

from __future__ import annotations

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

FILES = (
    "glue_jobs/convert_logs.py",
    "glue_jobs/export_logs.py",
    "glue_jobs/look_landing.py",
    "infra/access.yaml",
    "infra/ci",
    "infra/datasets.yaml",
    "infra/deployer.yaml",
    "infra/events.yaml",
    "infra/glue_wheel",
    "infra/monitoring.yaml",
    "infra/budget.yaml",
    "infra/query.yaml",
    "infra/seldom_used.yaml",
    "infra/storage.yaml",
    "infra/streaming.yaml",
    "notebooks",
    "requirements/glue.lock",
    "workflows/log_lake.yaml",
)


class PackageFiles(BuildHookInterface):  # type: ignore[misc]  # hatchling's types are not followed
    """Puts the files and folders below ``loglake_cli/project`` of a wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called by hatchling before it builds; `version` is "editable" for an editable install."""
        if version != "editable":
            build_data["force_include"].update({file: f"loglake_cli/project/{file}" for file in FILES})
