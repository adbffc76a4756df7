"""The pictures of the page in docs/: `make pictures`."""
