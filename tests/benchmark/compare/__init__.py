"""``make bench``: loglake and other tools convert the same exports to Parquet."""
