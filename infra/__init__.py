"""CloudFormation templates, what is deployed with them, and how they depend on each other."""
