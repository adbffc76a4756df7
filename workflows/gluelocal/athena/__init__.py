"""The Athena API of the embedded AWS: queries over the catalog's tables, answered as `loglake query` answers them."""
