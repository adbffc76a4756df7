"""Commands on tables: queries, views, readers and schemas."""
