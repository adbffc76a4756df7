"""``make bench``: the same exports into Parquet by loglake and by others, side by side."""
