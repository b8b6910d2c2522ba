"""connexion without what it brings for others, which is a third of the time until the mock is ready.

It imports Starlette's test client and templates, httpx (with which come rich and Pygments), requests and
Jinja, of which a mock uses nothing. They are imported when something is asked of them.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

_UNUSED = {
    "httpx": (),
    "jinja2": (),
    "requests": (),
    "starlette.templating": ("Jinja2Templates",),
    "starlette.testclient": ("TestClient",),
}
"""Modules, and what connexion has from them while it is imported: classes of which it makes objects later."""


class _Later(ModuleType):
    """Stands for a module while connexion is imported, and afterwards where connexion has it from."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        vars(self).update({made: self._maker(made) for made in _UNUSED[name]})

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # what the import itself asks for
            raise AttributeError(name)
        return getattr(self._module(), name)

    def _module(self) -> ModuleType:
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return importlib.import_module(self.__name__)

    def _maker(self, made: str) -> Callable[..., Any]:
        def make(*args: Any, **kwargs: Any) -> Any:
            return getattr(self._module(), made)(*args, **kwargs)

        return make


def import_connexion() -> None:
    """Import it, unless somebody has."""
    later = {name: _Later(name) for name in _UNUSED if name not in sys.modules}
    sys.modules.update(later)
    try:
        importlib.import_module("connexion")
    finally:
        for name, module in later.items():
            if sys.modules.get(name) is module:
                del sys.modules[name]
