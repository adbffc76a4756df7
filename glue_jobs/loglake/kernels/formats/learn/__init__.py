"""The header of text logs: what stands before the message, in any order and punctuation, learned and read."""
