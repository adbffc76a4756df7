"""A Spark context for one command on this machine: quiet, and gone at its end, even if a person stops it."""

from __future__ import annotations

import logging
import signal
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from types import FrameType
from typing import IO, Any

from py4j.protocol import Py4JError
from pyspark import SparkConf, SparkContext
from pyspark.errors import PySparkRuntimeError
from pyspark.java_gateway import launch_gateway

from loglake.core.temporary import TemporaryFolder
from loglake.errors import ConfigError
from loglake.spark.context import LOCAL_CONF, take_this_python

_ENDS_S = 20
"""How long Spark, and then its JVM, may take to end by itself."""

_SHORT_LIVED = {"spark.driver.defaultJavaOptions": "-XX:TieredStopAtLevel=1"}
"""On this machine the JVM only hands out tasks: optimising its code takes longer than it saves. A person's own
``spark.driver.extraJavaOptions`` come after these."""


@contextmanager
def own_context(app_name: str, master: str | None = None) -> Iterator[SparkContext]:
    """A context in a JVM of its own; at the end the JVM and its workers are ended.

    What they print goes nowhere: errors come as exceptions. SIGINT and SIGTERM stop Spark before they raise
    KeyboardInterrupt: else a thread that waits for a task would go on waiting. For the main thread of a process without
    another context.

    Args:
        app_name: shown in Spark's logs.
        master: such as ``spark://host:7077``; None: all cores of this machine.

    Raises:
        ConfigError: the JVM does not start; with what it said.
    """
    with (
        TemporaryFolder("spark") as folder,
        tempfile.TemporaryFile() as said,
        _Signals() as signals,
    ):
        conf = SparkConf().setMaster(master or "local[*]").setAppName(app_name).setAll(list(_settings(master).items()))
        gateway = launch(conf, said)
        try:
            context = SparkContext(gateway=gateway, conf=conf)
            try:
                signals.stop(context)
                take_this_python(context)
                if str(context.master).startswith("local"):
                    context.environment["TMPDIR"] = folder  # Spark kills workers, which leave their files
                yield context
            finally:
                context.stop()
                signals.check()
        finally:
            end(gateway)


def _settings(master: str | None) -> Mapping[str, str]:
    """On a cluster, executors of other machines have to reach the driver, so Spark's own files say how."""
    if master is None or master.startswith("local"):
        return {**LOCAL_CONF, **_SHORT_LIVED}
    return {name: value for name, value in LOCAL_CONF.items() if not name.startswith("spark.driver.")}


def launch(conf: SparkConf, said: IO[bytes]) -> Any:
    """Starts a JVM.

    Args:
        conf: of the context.
        said: gets what the JVM prints.

    Returns:
        Its gateway, for a SparkContext and for `end`.

    Raises:
        ConfigError: it does not start; with what it said.
    """
    try:
        return launch_gateway(conf, {"stdout": said, "stderr": said})  # type: ignore[no-untyped-call]
    except (PySparkRuntimeError, OSError) as error:
        said.seek(0)
        first = said.read().decode("utf-8", "replace").strip().partition("\n")[0]
        raise ConfigError(
            f"Spark does not start ({first or error}): it needs Java 17 or newer, on the PATH or where JAVA_HOME says."
        ) from error


class _Signals:
    """SIGINT and SIGTERM: remembered while Spark starts, and afterwards what ends it."""

    def __init__(self) -> None:
        self._received = ""
        self._context: SparkContext | None = None
        self._undo = ExitStack()

    def __enter__(self) -> _Signals:
        self._undo.callback(logging.disable, logging.root.manager.disable)
        for number in (signal.SIGINT, signal.SIGTERM):
            self._undo.callback(signal.signal, number, signal.getsignal(number))
        self._handle()
        return self

    def __exit__(self, *error: object) -> None:
        self._undo.close()

    def stop(self, context: SparkContext) -> None:
        """Makes them stop a context from now on; PySpark handles SIGINT as soon as there is one."""
        self._context = context
        self._handle()
        self.check()

    def check(self) -> None:
        """Raises KeyboardInterrupt if one was received, even if its exception was swallowed."""
        if self._received:
            raise KeyboardInterrupt(self._received)

    def _handle(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._receive)

    def _receive(self, number: int, _frame: FrameType | None) -> None:
        self._received = self._received or signal.Signals(number).name
        logging.disable(logging.ERROR)  # py4j logs its unfinished calls
        if self._context is None:
            return
        for each in (signal.SIGINT, signal.SIGTERM):
            signal.signal(each, signal.SIG_IGN)  # once is enough
        # This thread may be in the middle of a call to the JVM, and its connection takes one call at a time.
        stopping = threading.Thread(target=self._context._jsc.stop, daemon=True)
        stopping.start()
        stopping.join(_ENDS_S)
        raise KeyboardInterrupt(self._received)


def end(gateway: Any) -> None:
    """Ends the JVM of a gateway; PySpark would keep it for a next context of this process."""
    SparkContext._gateway = SparkContext._jvm = None
    with suppress(Py4JError, OSError):
        gateway.shutdown()
    process: subprocess.Popen[bytes] = gateway.proc
    if process.stdin:
        process.stdin.close()  # what the JVM waits for
    try:
        process.wait(_ENDS_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
