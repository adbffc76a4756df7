"""Pictures of the page for docs/pictures: `make pictures`."""
