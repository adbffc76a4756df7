"""Athena's SQL as DuckDB's: what sqlglot parses becomes calls of macros that mean what Trino means."""
