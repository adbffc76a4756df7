"""Helpers for tests of gluelocal: accounts, templates, engines, crawls."""
