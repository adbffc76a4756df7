"""From an object's bytes to events: gunzip, sniffing, envelopes, and a reader per delivery."""
