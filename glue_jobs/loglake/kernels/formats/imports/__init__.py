"""Formats that a team brings along: Grok patterns, layout strings of servers and loggers, and files of lnav."""
