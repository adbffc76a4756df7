"""What commands do with tables: read them, show them, change their types."""
