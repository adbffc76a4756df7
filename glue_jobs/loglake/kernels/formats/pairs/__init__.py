"""Pairs of key and value in texts, however they are spelled."""
