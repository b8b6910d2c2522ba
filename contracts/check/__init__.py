"""Contract checks: makes calls, reads back, asks the contract whether what it saw was allowed."""
