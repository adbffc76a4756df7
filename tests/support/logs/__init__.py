"""Logs in AWS's formats."""
