"""Three hand-written vendor servers with switchable faults: the evidence for the tester."""

from tests.faulty.serving import Fault, Running, serve

__all__ = ["Fault", "Running", "serve"]
