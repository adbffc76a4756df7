"""A run of a job: how it went, the metrics it puts, and how late the deployment is."""
