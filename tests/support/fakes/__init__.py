"""Fakes of the ports, and what makes them fail."""
