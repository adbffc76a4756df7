"""CloudFormation templates: read, resolved, and deployed into the embedded AWS."""
