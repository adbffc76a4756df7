"""The Glue workflow as a CloudFormation template, the command line, and the local Glue runtime."""
