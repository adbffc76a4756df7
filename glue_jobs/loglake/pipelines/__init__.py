"""The export and convert jobs, written against ports: no boto3, no Spark."""
