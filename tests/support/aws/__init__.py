"""AWS in memory: boto3 clients without a network, CloudFormation, and accounts whose jobs a test steers."""
