"""Lakes and kept runs: whole, damaged, crawled."""
