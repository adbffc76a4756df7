"""Parquet files: writing, reading and merging."""
