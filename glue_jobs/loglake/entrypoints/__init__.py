"""The scripts that Glue starts: argv to config to adapters to pipeline, and nothing else."""
