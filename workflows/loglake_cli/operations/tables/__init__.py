"""Commands on tables: read them, show them, change their types."""
