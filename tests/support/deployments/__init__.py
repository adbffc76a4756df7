"""Deployments and their AWS accounts, in memory: healthy, used, broken in one place."""
