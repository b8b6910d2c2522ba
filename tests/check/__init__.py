"""Tests of the checker: against hand-written servers that share no code with it."""
