"""How events reach a bucket through subscriptions and Firehose in the embedded AWS."""
