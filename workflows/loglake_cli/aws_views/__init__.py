"""Views that have AWS's own names of columns, one file for each log format."""
