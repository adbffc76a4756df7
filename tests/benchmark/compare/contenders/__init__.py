"""One short program for each: ``python FILE INPUT OUTPUT`` writes Parquet, and prints the seconds without start-up."""
