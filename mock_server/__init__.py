"""A contract, kept, over HTTP: the stateful mock server on connexion."""

from mock_server.app import Mock

__all__ = ["Mock"]
