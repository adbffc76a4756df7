"""Small worlds for pipelines, and their input."""
