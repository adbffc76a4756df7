"""EventBridge: the events of S3, rules and their patterns."""
