"""The two stories, export and convert, told through ports: no boto3, no Spark."""
