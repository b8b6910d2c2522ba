"""What is installed, locked and built: the package among others, and among a user's own folders."""
