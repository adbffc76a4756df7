"""Finds a text in all tables of a lake."""
