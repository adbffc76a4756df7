"""How events reach a bucket by subscription and Firehose, in the embedded AWS."""
