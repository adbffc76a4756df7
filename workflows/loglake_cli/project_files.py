"""Where templates, launchers, datasets, notebooks and the Glue wheel's build file are.

In a clone they are the repository's own files. In an installed wheel they are package data, below ``project``: the
build puts them there (`infra/package_files.py`).
"""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
CLONE = _PACKAGE.parents[1]
"""The clone that this code is part of; where it is installed from a wheel, a folder without any of the files."""

_DATA = _PACKAGE / "project"
_ROOT = _DATA if _DATA.is_dir() else CLONE

STORAGE_TEMPLATE = _ROOT / "infra" / "storage.yaml"
ACCESS_TEMPLATE = _ROOT / "infra" / "access.yaml"
LOG_LAKE_TEMPLATE = _ROOT / "workflows" / "log_lake.yaml"
EVENTS_TEMPLATE = _ROOT / "infra" / "events.yaml"
QUERY_TEMPLATE = _ROOT / "infra" / "query.yaml"
STREAMING_TEMPLATE = _ROOT / "infra" / "streaming.yaml"
MONITORING_TEMPLATE = _ROOT / "infra" / "monitoring.yaml"
BUDGET_TEMPLATE = _ROOT / "infra" / "budget.yaml"
DEPLOYER_TEMPLATE = _ROOT / "infra" / "deployer.yaml"
"""The role that deploys all the others: who may make roles deploys it, once."""

CI_WORKFLOW = _ROOT / "infra" / "ci" / "deploy.yml"
"""A GitHub workflow that a team copies."""

DATASETS_FILE = _ROOT / "infra" / "datasets.yaml"
"""The datasets file that is deployed unless another is named."""

SELDOM_USED_FILE = _ROOT / "infra" / "seldom_used.yaml"
EXPORT_LAUNCHER = _ROOT / "glue_jobs" / "export_logs.py"
LOOK_LAUNCHER = _ROOT / "glue_jobs" / "look_landing.py"
CONVERT_LAUNCHER = _ROOT / "glue_jobs" / "convert_logs.py"
NOTEBOOKS = _ROOT / "notebooks"
GLUE_LOCK = _ROOT / "requirements" / "glue.lock"
GLUE_WHEEL_FOLDER = _ROOT / "infra" / "glue_wheel"


def python_shell() -> Path | None:
    """The Python 3.9 for Python shell jobs that ``make install`` set up; None if the machine has none."""
    python = CLONE / ".venv-python-shell" / "bin" / "python"
    return python if python.exists() else None
