"""Bytes in, Arrow out: pure functions over whole buffers, with no Spark and no AWS."""
