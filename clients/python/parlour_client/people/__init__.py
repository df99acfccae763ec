"""What accounts are called, and what they are told."""
