"""Helpers for tests of athena_duckdb: lakes in folders, and SQL that does harm."""
