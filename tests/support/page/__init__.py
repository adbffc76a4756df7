"""The page of `loglake local up` in a browser, and attacks on it."""
