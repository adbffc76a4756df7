"""The local Glue runtime: runs the deployed templates on a laptop, with no AWS account."""
