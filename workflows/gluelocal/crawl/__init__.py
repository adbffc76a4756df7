"""The crawler: Parquet footers and folders in, tables and partitions of the Data Catalog out."""
