"""What a job's process imports on AWS Glue, for a Python that has no awsglue.

The folder goes on the ``PYTHONPATH`` of such a process. AWS publishes awsglue for the Pythons of Glue alone: 3.11 and
3.13.
"""
