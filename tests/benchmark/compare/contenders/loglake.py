"""loglake, as a person runs it. It keeps all events, also those of several lines, and every field."""

import subprocess
import sys
import time

source, output = sys.argv[1:3]
started = time.monotonic()
command = "from loglake_cli.cli.app import main; main()"
subprocess.run([sys.executable, "-c", command, "convert", source, output, "--table", "bench", "--json"], check=True)
print(time.monotonic() - started)
