"""Glue's decisions: the model of the deployed resources, and a pure reducer over events."""
