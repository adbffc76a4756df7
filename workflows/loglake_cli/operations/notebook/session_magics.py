"""The magics of Glue Interactive Sessions: what each does on AWS.

Sources: AWS Glue user guide, "Configuring AWS Glue interactive sessions for Jupyter and AWS Glue Studio notebooks", and
the kernel that AWS publishes, aws-glue-sessions 1.0.9, which has more of them than the guide.
"""

from __future__ import annotations

from collections.abc import Mapping

SESSION_LINES: Mapping[str, str] = {
    "additional_python_modules": "installs Python modules into the session",
    "connections": "names the Glue connections of the session",
    "endpoint": "sets the address of the Glue API",
    "etl": "makes it an ETL session",
    "extra_jars": "adds JARs to the session",
    "extra_py_files": "adds Python files or wheels from S3 to the session",
    "glue_ray": "makes it a session of Glue for Ray",
    "glue_version": "sets the version of Glue",
    "iam_role": "sets the IAM role of the session",
    "idle_timeout": "sets after how many minutes without a cell the session ends",
    "list_sessions": "lists the sessions of the account",
    "number_of_workers": "sets how many workers the session has",
    "profile": "sets the profile of the AWS credentials",
    "reconnect": "connects to a session that runs",
    "region": "sets the AWS Region",
    "security_config": "sets the Glue security configuration",
    "session_id": "prints the id of the session",
    "session_id_prefix": "sets what the id of the session begins with",
    "session_type": "makes it an ETL or a streaming session",
    "spark_conf": "sets properties of Spark",
    "streaming": "makes it a streaming session",
    "timeout": "sets after how many minutes the session ends",
    "worker_type": "sets the type of the workers",
}
"""Line magics that only concern a session on AWS, by name."""

SESSION_CELLS: Mapping[str, str] = {
    "assume_role": "takes the role of another account for the session",
    "configure": "sets all about the session at once",
    "tags": "tags the session",
}
"""Cell magics that only concern a session on AWS, by name."""

WORKING: Mapping[str, str] = {
    "%help": "lists the magics",
    "%matplot plt": "shows the chart",
    "%plotly fig": "shows a Plotly figure",
    "%%sql": "runs the SQL of the cell, and shows the first 20 rows",
    "%status": "says what the session is",
    "%stop_session": "ends Spark; the next cell that needs it starts it again",
}
"""Magics that do the same here as on AWS."""


def note(name: str, does: str) -> str:
    """The line that a magic prints which has no effect here.

    Args:
        name: with its one or two percent signs.
        does: what it does on AWS.
    """
    return f"{name}: on AWS it {does}. It has no effect here."


def help_text() -> str:
    """All of them, for a person."""
    accepted = {
        **{f"%{name}": does for name, does in SESSION_LINES.items()},
        **{f"%%{name}": does for name, does in SESSION_CELLS.items()},
    }
    width = max(map(len, (*WORKING, *accepted)))
    return "\n".join(
        [
            "These magics work here as in Glue Interactive Sessions:",
            *(f"  {name:{width}}  {does}" for name, does in WORKING.items()),
            "These are accepted, so that the same notebook runs. On AWS:",
            *(f"  {name:{width}}  {does}" for name, does in accepted.items()),
        ]
    )
