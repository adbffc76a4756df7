"""The results of a run as files, and SQL over them."""
