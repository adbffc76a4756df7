"""One short program per contender: ``python FILE INPUT OUTPUT`` writes Parquet and prints the seconds it took."""
