"""Events that a person saved from CloudWatch: what the AWS CLI prints, and what the console downloads."""
