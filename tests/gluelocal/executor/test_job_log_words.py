"""The explanation at the end of a job's log, if the job failed because this machine lacks something."""

from __future__ import annotations

import pytest

from gluelocal.executor.jobs.logs import error_of

pytestmark = pytest.mark.unit

GLUE_CONTEXT = """\
Traceback (most recent call last):
  File "/tmp/glue-job-1/frames.py", line 7, in <module>
    context = GlueContext(SparkContext())
  File "/site-packages/awsglue/context.py", line 66, in __init__
    self._glue_scala_context = self._get_glue_scala_context(**options)
TypeError: 'JavaPackage' object is not callable
"""
OWN_PACKAGE = """\
Traceback (most recent call last):
  File "/tmp/glue-job-1/own.py", line 7, in <module>
    spark._jvm.com.example.Thing()
TypeError: 'JavaPackage' object is not callable
"""
S3_PATH = """\
Traceback (most recent call last):
  File "/tmp/glue-job-1/read.py", line 4, in <module>
    spark.read.json("s3://bucket/orders/")
py4j.protocol.Py4JJavaError: An error occurred while calling o31.json.
: org.apache.hadoop.fs.UnsupportedFileSystemException: No FileSystem for scheme "s3"
\tat org.apache.hadoop.fs.FileSystem.getFileSystemClass(FileSystem.java:3581)
"""


@pytest.mark.parametrize(
    ("log", "said"),
    [
        (GLUE_CONTEXT, "the script needs Glue's own jars"),
        (OWN_PACKAGE, "TypeError: 'JavaPackage' object is not callable"),
        (S3_PATH, "Spark has no S3 connector here, since its jars are only on Glue: read and write S3 with boto3"),
        (S3_PATH.replace('"s3"', '"s3a"'), "Spark has no S3 connector here"),
        (S3_PATH.replace('"s3"', '"ftp"'), "py4j.protocol.Py4JJavaError: An error occurred while calling o31.json."),
    ],
)
def test_jars_that_are_not_here_are_said(log: str, said: str) -> None:
    assert error_of(log.splitlines()).startswith(said)
