"""CloudWatch's export tasks."""
