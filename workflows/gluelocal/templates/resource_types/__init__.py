"""How each CloudFormation resource type is made in the embedded AWS, one module per family of services."""
