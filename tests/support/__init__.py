"""What several test modules share: hand-written fakes of the ports."""
