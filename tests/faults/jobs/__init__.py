"""Both jobs without a JVM, on one account: killed, stopped, and in bad weather."""
