"""The code that ships to AWS Glue, as one wheel: CloudWatch log exports in, partitioned Parquet out."""
