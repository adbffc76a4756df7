"""loglake's kernels and pipeline on Spark, as in the Glue job. It keeps all events."""

import sys
import time

from loglake.core.units import LogGroupName
from loglake.pipelines.folder_convert.bundles import FolderRequest
from loglake.pipelines.folder_convert.job import begin
from loglake.pipelines.folder_convert.preparing import prepare
from loglake.pipelines.folder_convert.source_listing import Source
from loglake.spark.convert_stage import SparkConvertStage
from loglake.spark.own_context import own_context
from loglake_cli.operations.tables.locations import open_place, open_source, parse_place

source, output = map(parse_place, sys.argv[1:])
with own_context("bench") as context:
    started = time.monotonic()
    request = FolderRequest("bench", LogGroupName(source.name))
    prepared = prepare(Source(open_source(source), source.root), open_place(str(output)), request)
    stage = SparkConvertStage(lambda: context, open_place, source.root, f"{output}/_staging/bench", pandas=False)
    begin(prepared).convert(stage)
    print(time.monotonic() - started)
