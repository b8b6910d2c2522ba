"""A contract, kept, over HTTP: the stateful mock server on connexion."""

import warnings

from troth.mock_server.lean import import_connexion

with warnings.catch_warnings():  # connexion imports jsonschema's old resolver, which warns of its end
    warnings.filterwarnings("ignore", message=".*starlette.testclient.*")
    warnings.filterwarnings("ignore", category=DeprecationWarning, module=r"connexion\.")
    import_connexion()

from troth.mock_server.app import Mock

__all__ = ["Mock"]
