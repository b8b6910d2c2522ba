"""A contract, kept, over HTTP: the stateful mock server on connexion."""

import warnings

with warnings.catch_warnings():
    # connexion imports Starlette's test client, which warns of a change in its own dependencies
    warnings.filterwarnings("ignore", message=".*starlette.testclient.*")
    from mock_server.app import Mock

__all__ = ["Mock"]
