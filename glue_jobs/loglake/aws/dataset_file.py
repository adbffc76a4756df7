"""The datasets file, where deployment put it."""

from __future__ import annotations

import json

from loglake.aws.objects import open_store
from loglake.core.schema.datasets import Datasets
from loglake.core.schema.datasets_file import load_datasets
from loglake.core.units import split_s3_uri


def read_datasets(uri: str) -> Datasets:
    """Reads and validates the JSON at an S3 URI.

    Raises:
        ConfigError: it is not a datasets file.
        NotFoundError: there is none.
    """
    bucket, key = split_s3_uri(uri)
    return load_datasets(json.loads(open_store(bucket).get(key)))
