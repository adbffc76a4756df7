"""Queries that also see AWS's views."""

from functools import partial

from athena_duckdb.query import athena

query = partial(athena.query, child="loglake_cli.aws_views.query_child")
