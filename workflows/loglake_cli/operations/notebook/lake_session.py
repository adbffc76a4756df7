"""The Spark session of a notebook: starts when a cell needs it, and has the tables as they are by then."""

from __future__ import annotations

import tempfile
from typing import TYPE_CHECKING, Any

from pyspark import SparkConf, SparkContext

from loglake.core.temporary import TemporaryFolder
from loglake.spark.context import LOCAL_CONF
from loglake.spark.own_context import end, launch
from loglake.spark.session import spark_session
from loglake_cli.operations.notebook.spark_tables import declare, forget

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from loglake_cli.operations.notebook.sources import Source

_NOTHING: Any = object()


class LakeSession:
    """A session in a JVM of its own. What the JVM prints goes nowhere: errors come as exceptions.

    Attributes:
        source: where the tables are.
        tables: the names of those that are declared.
    """

    def __init__(self, source: Source) -> None:
        self.source = source
        self.tables: list[str] = []
        self._seen = _NOTHING
        self._gateway: Any = None
        self._spark: SparkSession | None = None
        self._warehouse = TemporaryFolder("warehouse")  # where databases would have tables

    @property
    def running(self) -> SparkSession | None:
        """The session, if it has started."""
        return self._spark

    def spark(self) -> SparkSession:
        """The session, with the tables as they are now.

        Raises:
            ConfigError: there are none, or Spark does not start.
        """
        now = self.source.refresh()
        if self._spark is None:
            self._spark = self._start()
        if now != self._seen:
            forget(self._spark, self.tables)
            self.tables = declare(self._spark, self.source.directory)
            self._seen = now
        return self._spark

    def stop(self) -> None:
        """Ends Spark and its JVM, if they run."""
        if self._spark is None:
            return
        self._spark.stop()
        end(self._gateway)
        self._spark, self._gateway, self._seen, self.tables = None, None, _NOTHING, []

    def _start(self) -> SparkSession:
        settings = {
            **LOCAL_CONF,
            "spark.sql.catalogImplementation": "in-memory",
            "spark.sql.warehouse.dir": self._warehouse.name,
            "spark.sql.files.ignoreMissingFiles": "true",  # a partition without files has no rows, as in Athena
        }
        conf = SparkConf().setMaster("local[*]").setAppName("notebook").setAll(list(settings.items()))
        with tempfile.TemporaryFile() as said:
            self._gateway = launch(conf, said)
        return spark_session("notebook", SparkContext(gateway=self._gateway, conf=conf))
