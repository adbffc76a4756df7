"""Both jobs without a JVM on one account, killed, stopped or with failing calls."""
