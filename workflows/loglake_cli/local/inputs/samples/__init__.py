"""The kinds of logs in the built-in sample, one per file, each in the form of AWS or an ordinary application."""
