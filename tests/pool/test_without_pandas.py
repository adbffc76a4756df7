"""Workers that start without pandas."""

import subprocess
import sys

SCRIPT = """
import sys
from loglake.pool.without_pandas import leave_out_pandas
leave_out_pandas()
import loglake.pool.worker
assert "pandas" not in sys.modules
import pyarrow
assert len(pyarrow.table({"a": [1, 2]}).to_pandas()) == 2
"""


def test_a_worker_imports_no_pandas_until_it_is_asked_for_it() -> None:
    subprocess.run([sys.executable, "-c", SCRIPT], check=True)
