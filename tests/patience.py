"""How long a test waits for what must come: a guard against hanging, never a measure of speed."""

PATIENCE = 600
"""Seconds. No test may pass or fail for how fast this machine is."""
