"""Athena's SQL over a folder of Parquet files with a catalog, on DuckDB."""
