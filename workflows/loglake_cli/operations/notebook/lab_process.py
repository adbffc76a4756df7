"""JupyterLab in a process that ends with the one that started it: its standard input is closed then."""

from __future__ import annotations

import os
import signal
import sys
import threading


def main() -> None:
    """Starts JupyterLab with the arguments of this process."""
    from jupyterlab.labapp import main as serve  # noqa: PLC0415 - not every installation has it

    threading.Thread(target=_end_with_the_other, daemon=True).start()
    serve()


def _end_with_the_other() -> None:
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)  # JupyterLab ends its kernels, and then itself


if __name__ == "__main__":
    main()
