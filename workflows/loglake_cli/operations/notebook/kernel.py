"""What a notebook's kernel has besides Python: ``spark``, with the tables, and the magics of Glue Interactive Sessions.

`jupyter.write_kernel` has IPython load it as an extension. What each magic does on AWS: AWS Glue user guide,
"Configuring AWS Glue interactive sessions for Jupyter and AWS Glue Studio notebooks", and the kernel that AWS
publishes, aws-glue-sessions 1.0.9, which has more of them than the guide.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import pandas as pd
import pyspark
from IPython.core.error import UsageError
from IPython.core.magic import no_var_expand
from IPython.display import display
from traitlets import Unicode
from traitlets.config import Configurable

from loglake.aws import session
from loglake.errors import ConfigError
from loglake_cli.errors import BAD_INPUT, in_words
from loglake_cli.operations.notebook.lake_session import KeptRun, LakeSession, RunningStack

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell


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


SHOWN_ROWS = 20
"""Rows that %%sql shows, as `DataFrame.show` does."""

WIDEST = 120
"""Letters of a value that %%sql shows."""

_NEEDS_SPARK = re.compile(r"\bspark\b|\bSpark(?:Session|Context)\b")
_SPARK = "spark"


class NotebookKernel(Configurable):
    """The state of a kernel. Its settings come with the command that starts it."""

    keep = Unicode(help="The folder of a local run.").tag(config=True)
    endpoint = Unicode(help="The address of a stack that is up, in place of a local run.").tag(config=True)

    def __init__(self, shell: InteractiveShell) -> None:
        super().__init__(parent=shell)
        self._shell = shell
        self._session: LakeSession | None = None

    def load(self) -> None:
        """Adds the magics, and starts Spark before the first cell that needs it."""
        for name, does in SESSION_LINES.items():
            self._add("line", name, _accept(f"%{name}", does))
        for name, does in SESSION_CELLS.items():
            self._add("cell", name, _accept(f"%%{name}", does))
        self._add("line", "help", self._help)
        self._add("line", "matplot", self._matplot)
        self._add("line", "plotly", self._plotly)
        self._add("line", "status", self._status)
        self._add("line", "stop_session", self._stop)
        self._add("cell", "sql", self._sql)
        self._shell.events.register("pre_run_cell", self._before)

    def _add(self, kind: str, name: str, magic: Any) -> None:
        def run(line: str, cell: str = "") -> None:
            magic(line, cell)

        self._shell.register_magic_function(no_var_expand(run), kind, name)  # type: ignore[arg-type]

    def _opened(self) -> LakeSession:
        if self._session is None:
            self._session = LakeSession(
                RunningStack(session, self.endpoint) if self.endpoint else KeptRun(Path(self.keep))
            )
        return self._session

    def _before(self, info: Any) -> None:
        if _NEEDS_SPARK.search(info.raw_cell or ""):
            self._bind()

    def _bind(self) -> Any:
        """Gives the cells `spark`; if there is none, an object that says why as soon as a cell uses it."""
        try:
            bound: Any = self._opened().spark()
        except BAD_INPUT as error:
            bound = _NoSession(in_words(error))
        self._shell.user_ns[_SPARK] = bound
        return bound

    def _sql(self, line: str, cell: str) -> None:
        if line.strip():
            raise UsageError("Glue Interactive Sessions ignore what is behind %%sql: begin on the next line.")
        frame = self._bind().sql(cell)
        rows = frame.limit(SHOWN_ROWS + 1).toPandas()
        if not frame.columns:  # such as USE
            return
        with pd.option_context("display.max_colwidth", WIDEST):
            display(rows.head(SHOWN_ROWS))  # type: ignore[no-untyped-call]
        if len(rows) > SHOWN_ROWS:
            print(f"only showing top {SHOWN_ROWS} rows")

    def _matplot(self, line: str, _cell: str) -> None:
        self._shell.user_ns[line.strip() or "plt"].show()

    def _plotly(self, line: str, _cell: str) -> None:
        display(self._shell.user_ns[line.strip()])  # type: ignore[no-untyped-call]

    def _status(self, _line: str, _cell: str) -> None:
        opened = self._opened()
        print("Session: on this machine, and not on AWS")
        print(f"Tables: of {opened.source.name}")
        state = "ready" if opened.running else "starts with the first cell that needs it"
        print(f"Spark: {pyspark.__version__}, {state}")
        for table in opened.tables:
            print(f"  {table}")

    def _stop(self, _line: str, _cell: str) -> None:
        if self._session:
            self._session.stop()
        self._shell.user_ns.pop(_SPARK, None)
        print("Stopped session.")

    def _help(self, _line: str, _cell: str) -> None:
        print(help_text())


class _NoSession:
    """What `spark` is if it can't be had."""

    def __init__(self, why: str) -> None:
        self._why = why

    def __getattr__(self, _name: str) -> NoReturn:
        raise ConfigError(self._why)


def _accept(name: str, does: str) -> Any:
    def accept(_line: str, _cell: str) -> None:
        print(note(name, does))

    return accept


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Called by IPython."""
    NotebookKernel(shell).load()
