"""What Glue decides: the model of what was deployed, and a pure reducer over events."""
