"""What belongs to what in a document without words: things that are found below one other only."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping

from troth.contracts.document import Document
from troth.contracts.document.known_names import singular
from troth.contracts.loading.naming import letters_of, properties_of
from troth.contracts.loading.placing import ITEM
from troth.contracts.model import Node, Schema

_PARAMETERS = re.compile(r"\{[^}]*\}(\.\w+)?$|\{[^}]*\}")


def parents(document: Document, owners: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """The resources that are found below one other only: ``/users/{id}/posts/{post}``."""
    found: dict[str, dict[str, str]] = {}
    times = Counter(owners.values())
    by_form: dict[str, str] = {}
    for path, schema in owners.items():
        by_form.setdefault(form_of(path), schema)
    for path, schema in owners.items():
        above = ITEM.match(path.rpartition("/")[0].rpartition("/")[0])
        if above is None or times[schema] != 1:
            continue
        owner = by_form.get(form_of(above[0]), schema)
        if owner != schema and "parent" not in properties_of(document, schema):
            found[schema] = parent_of(document, schema, owner, above[0])
    return {name: parent for name, parent in found.items() if not _is_round(name, found)}


def parent_of(document: Document, schema: str, owner: str, path: str) -> dict[str, str]:
    """The word for what things belong to, which a path names."""
    above = ITEM.match(path)
    assert above is not None
    found = {"resource": owner, "by": above["id"]}
    field = _parent_field(properties_of(document, schema), owner, above)
    if field is not None:
        found["field"] = field
    return found


def _is_round(name: str, parents: Mapping[str, Mapping[str, str]]) -> bool:
    """Whether a resource would be found below itself."""
    above, seen = name, {name}
    while above in parents:
        above = parents[above]["resource"]
        if above in seen:
            return True
        seen.add(above)
    return False


def _parent_field(properties: Iterable[str], owner: str, above: re.Match[str]) -> str | None:
    """The property that holds the parent's id: as its parameter is called, or the parent itself."""
    known = {letters_of(name): name for name in properties}
    collection = above["collection"].rpartition("/")[2]
    for name in (above["id"], f"{owner}id", f"{singular(collection)}id", f"{owner}_uuid"):
        plain = letters_of(name)
        if plain in known and plain not in ("id", "uuid", "name", "key", "slug"):
            return known[plain]
    return None


def form_of(path: str) -> str:
    """A path without the names of its parameters."""
    return _PARAMETERS.sub("{}", path)


def nest(resource: dict[str, Node], parent: Schema, above: Schema) -> None:
    """All records that it is served with belong to the first one above."""
    first = next(iter(above["fixtures"]))
    resource["parent"] = parent
    resource["fixtures"] = {n: {**told, "parent": first} for n, told in resource["fixtures"].items()}
