"""A lake is a folder, an S3 prefix, a kept run or a deployment: what `--lake` takes."""
