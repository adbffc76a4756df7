"""SQL over the lake's tables, in a process that can't write and can be killed."""
