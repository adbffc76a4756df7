"""The modules of AWS Glue that a job imports, for a Python that has no awsglue.

The folder goes on the ``PYTHONPATH`` of the job's process. AWS publishes awsglue only for Glue's own Python versions:
3.11 and 3.13.
"""
