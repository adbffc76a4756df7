"""Translates Athena's SQL to DuckDB's: sqlglot parses it, and macros replace Trino's functions."""
