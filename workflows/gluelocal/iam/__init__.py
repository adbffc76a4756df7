"""Who may do what in the embedded AWS: the roles of the deployed templates, evaluated as IAM does."""
