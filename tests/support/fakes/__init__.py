"""Fakes of the ports, and ways to make them fail."""
