"""Pictures of the page for docs/: `make pictures`."""
