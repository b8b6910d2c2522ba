"""The documents that ship with troth, one folder an API, found by name."""
