"""Landed objects become windows that can be converted."""
