"""What differs."""
