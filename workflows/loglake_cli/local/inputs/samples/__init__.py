"""The kinds of logs in the built-in sample, one per file, each as AWS or an ordinary application writes it."""
