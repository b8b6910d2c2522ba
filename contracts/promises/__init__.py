"""What a contract promises of an operation, and the calls that would show a promise broken."""
