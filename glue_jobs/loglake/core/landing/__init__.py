"""Landed objects: what is known of each, and the days they settle in."""
