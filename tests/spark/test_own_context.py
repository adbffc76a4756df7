"""How the JVM of a command's own context is started."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from loglake.errors import ConfigError
from loglake.spark import own_context

if TYPE_CHECKING:
    from pyspark import SparkConf

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("master", "options"),
    [(None, "-XX:TieredStopAtLevel=1"), ("local[3]", "-XX:TieredStopAtLevel=1"), ("spark://host:7077", None)],
)
def test_only_a_jvm_that_hands_out_tasks_to_this_machine_is_started_for_a_short_life(
    master: str | None, options: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[SparkConf] = []

    def no_java(conf: SparkConf, _popen: Any) -> None:
        asked.append(conf)
        raise FileNotFoundError("java")

    monkeypatch.setattr(own_context, "launch_gateway", no_java)
    with pytest.raises(ConfigError, match="it needs Java"), own_context.own_context("test", master):
        pass
    assert [conf.get("spark.driver.defaultJavaOptions") for conf in asked] == [options]
