"""What happens to the shop's logs."""
