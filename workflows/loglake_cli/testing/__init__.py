"""Fixtures of pytest for people who test their own code on logs: a plugin, and what it gives."""
