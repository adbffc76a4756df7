"""Cases of many log groups and of years of history: what they take, as tables and pictures."""
