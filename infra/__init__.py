"""CloudFormation templates, the files deployed with them, and how they depend on each other."""
