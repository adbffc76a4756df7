"""One log format per file; `registry` lists them in the order in which detection asks them."""
