"""Queries that also see AWS's views."""

from __future__ import annotations

from functools import partial

from athena_duckdb.query import athena

query = partial(athena.query, child="loglake_cli.aws_views.query_child")
