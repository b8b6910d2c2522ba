"""A contract, kept, over HTTP: the stateful mock server on connexion."""

import warnings

with warnings.catch_warnings():
    # connexion imports Starlette's test client and jsonschema's old resolver, which warn of their end
    warnings.filterwarnings("ignore", message=".*starlette.testclient.*")
    warnings.filterwarnings("ignore", category=DeprecationWarning, module=r"connexion\.")
    from troth.mock_server.app import Mock

__all__ = ["Mock"]
