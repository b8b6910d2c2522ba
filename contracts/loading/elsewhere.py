"""Things that are listed, made or acted on at other paths than their own."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

from troth.contracts.document import Document, join
from troth.contracts.document.pointers import mapping
from troth.contracts.document.shapes import lists_shown
from troth.contracts.document.typing import types_of
from troth.contracts.loading.acting import Guess, is_told, words_of
from troth.contracts.loading.answers import items_of, names_in, parts_shown, top
from troth.contracts.loading.belonging import form_of
from troth.contracts.loading.doing import added_to, done_by, moved_by, set_by
from troth.contracts.loading.naming import identifier, letters_of, properties_of
from troth.contracts.loading.placing import ITEM, Operations, body_of, last_of
from troth.contracts.model import Node, Operation, Pointer

_ACTION = re.compile(r"^(?P<item>.*/\{[^{}/]+\})[/:][\w:./-]+$")

_COPIES = re.compile(r"^.*[./:](?:children|clone|copy|duplicate|fork)$")
_SEARCHES = re.compile(r"^[^{}]*[./:]_?(?:filter|find|list|query|search)$")
_SEARCHES_BELOW = re.compile(r"^.*/\{(?P<id>[^{}/]+)\}[/:]_?(?:filter|find|list|query|search)$")
_FORMAT = re.compile(r"\.(?:json|xml|csv)$")
_ON_ONE = (("GET", "read"), ("PUT", "update"), ("PATCH", "update"), ("DELETE", "delete"))


def elsewhere(document: Document, operations: Operations, owners: Mapping[str, str]) -> Iterator[Guess]:
    """Other lists of things (``GET /things/search``, ``/things`` of all places), and other ways to make them
    (``POST /places/{place}/things`` of what ``/things/{id}`` names)."""
    things, own = _Things(document, operations, owners), {form_of(item) for item in owners}
    for (_, path), operation in operations.items():
        form = form_of(path)
        if form in own:
            continue
        for collection, schema in things.spoken_of(operation, form):
            if form == form_of(collection):
                yield from _named_by_bodies(document, operation, operations, collection, schema)
            elif operation.method == "GET":
                yield from _listed_elsewhere(document, operations, operation, collection, schema)
                yield from _counted(document, operation, collection, schema)
            elif operation.method == "POST":
                yield from _made_elsewhere(document, operation, collection, schema)
                yield from _made_by_another_name(document, operation, schema)
                yield from _searched(document, operation, schema)


def made_by(
    document: Document,
    operations: Operations,
    posted: Mapping[str, list[str]],
    collection: str,
    schema: str,
) -> Operation | None:
    """What makes things of a collection elsewhere (``POST /user/repos`` of ``/repos/{owner}/{repo}``);
    ``posted``: the paths that something can be posted to, by the word in which they end."""
    for path in posted.get(_word_of(collection), ()):
        operation = operations["POST", path]
        if schema in names_in(parts_shown(document, operation)):
            return operation
    return None


class _Things:
    """The things of a document, found by what operations show and by where they are."""

    def __init__(self, document: Document, operations: Operations, owners: Mapping[str, str]) -> None:
        self._document = document
        self._all: list[tuple[str, str]] = []
        self._near: dict[tuple[str, str], list[int]] = {}
        for number, (item, schema) in enumerate(owners.items()):
            match = ITEM.match(item)
            collection = match["collection"] if match else ""
            self._all.append((collection, schema))
            listed = str(top(document, operations.get(("GET", collection))))
            for key in (("schema", schema), ("path", form_of(collection)), ("list", listed)):
                self._near.setdefault(key, []).append(number)

    def spoken_of(self, operation: Operation, form: str) -> Iterator[tuple[str, str]]:
        """The collections, with their schemas, that an operation may be about: it shows such things, or its
        path is that of the collection or right below it."""
        shown = parts_shown(self._document, operation)
        names = names_in([*shown, *items_of(self._document, shown)])
        names += _deep_inside(self._document, operation)
        keys = [("schema", name) for name in names]
        keys += [("path", form), ("path", form.rpartition("/")[0]), ("list", str(shown[0]))]
        numbers = {number for key in keys for number in self._near.get(key, ())}
        return (self._all[number] for number in sorted(numbers))


def _listed_elsewhere(
    document: Document,
    operations: Operations,
    operation: Operation,
    collection: str,
    schema: str,
) -> Iterator[Guess]:
    if not _selects(document, operation.path, collection, schema):
        return
    known = operations.get(("GET", collection))
    if _shows_the_same(document, known, operation) or _lists_one(document, operation, schema):
        words = words_of(document, operation, schema, "list")
        near = schema in names_in(items_of(document, parts_shown(document, operation)))
        why = f"GET {operation.path} shows some of the {schema}"
        yield Guess(operation.pointer, words, why, serves=not near, untried=not near)


def _named_by_bodies(
    document: Document, operation: Operation, operations: Operations, collection: str, schema: str
) -> Iterator[Guess]:
    """``PUT /things`` of what its body names."""
    if operation.method == "DELETE" and _by_query(document, operation, schema):
        words = words_of(document, operation, schema, "delete")
        yield Guess(
            operation.pointer, words, f"DELETE {collection} says which by its query", True, untried=True
        )
    if operation.method not in ("PUT", "PATCH"):
        return
    known = operations.get(("GET", collection))
    if known is not None and schema in names_in(parts_shown(document, known)):
        return  # that is one thing
    sent = mapping(document.schemas.whole(operation.body), "properties")
    if identifier(document, sent, "id", collection) is not None or _by_query(document, operation, schema):
        words, why = (
            words_of(document, operation, schema, "update"),
            f"{operation.method} {collection} names it",
        )
        yield Guess(operation.pointer, words, why, serves=True)


def _by_query(document: Document, operation: Operation, schema: str) -> bool:
    """Whether a query may say by a property of a thing which one is changed."""
    shown = top(document, operation)
    if shown is not None and schema not in names_in(parts_shown(document, operation)):
        return False
    known = {letters_of(name) for name in properties_of(document, schema)}
    return any(p.place == "query" and letters_of(p.name) in known for p in operation.parameters)


def _counted(document: Document, operation: Operation, collection: str, schema: str) -> Iterator[Guess]:
    """How many things there are (``GET /things/count``), as a number or in an object."""
    path, collection = _FORMAT.sub("", operation.path), _FORMAT.sub("", collection)
    if path not in (f"{collection}/count", f"{collection}/total"):
        return
    body, names = document.schemas.whole(top(document, operation)), ("count", "total", "totalcount")
    whole, places = [("integer",)], [""]
    if path.endswith("/count"):
        whole.append(("number",))
    if types_of(body) not in whole:
        known = {name: document.schemas.resolve(one) for name, one in mapping(body, "properties").items()}
        numbers = [name for name, one in known.items() if types_of(one) in whole]
        places = [join("", name) for name in numbers if letters_of(name) in names]
    for place in places[:1]:
        words = words_of(document, operation, schema, "list")
        words["query"] = {**mapping(words, "query"), "shows": {place: "total"}}
        why = f"GET {operation.path} says how many {schema} there are"
        yield Guess(operation.pointer, words, why, serves=True)


def _selects(document: Document, path: str, collection: str, schema: str) -> bool:
    """Whether all that a path names says where things belong (``/places/{place}/things``), or is a value of
    theirs (``/things/color/{color}``)."""
    if "{" not in path:
        return True
    if _ends_alike(path, collection):
        return True
    if not path.startswith(f"{collection}/"):
        return False
    known = {letters_of(name) for name in properties_of(document, schema)}
    named = re.findall(r"\{([^{}]*)\}", path[len(collection) :])
    return {letters_of(name) for name in named} <= known - {"id"}


def _made_elsewhere(
    document: Document, operation: Operation, collection: str, schema: str
) -> Iterator[Guess]:
    if not _ends_alike(operation.path, collection):
        return
    if schema in names_in(parts_shown(document, operation)):
        words = words_of(document, operation, schema, "create")
        yield Guess(operation.pointer, words, f"POST {operation.path} makes a {schema}")


def _made_by_another_name(document: Document, operation: Operation, schema: str) -> Iterator[Guess]:
    """What an operation makes and shows, as its status says (``POST /checkout`` makes an order)."""
    if "{" in operation.path:
        return
    if operation.success_status != 201:
        return
    if schema in names_in([top(document, operation)]):
        words, why = (
            words_of(document, operation, schema, "create"),
            f"POST {operation.path} makes a {schema}",
        )
        yield Guess(operation.pointer, words, why, serves=True, untried=True)


def _searched(document: Document, operation: Operation, schema: str) -> Iterator[Guess]:
    """Lists that a body asks for (``POST /things/search``); what of it selects, nobody knows."""
    if not _lists_one(document, operation, schema):
        return
    below = _SEARCHES_BELOW.match(operation.path)
    if _SEARCHES.match(operation.path) or (below and _says_where(document, schema, below["id"])):
        words = words_of(document, operation, schema, "list")
        why, untried = f"POST {operation.path} lists the {schema}", below is not None
        yield Guess(operation.pointer, words, why, serves=True, untried=untried)


def _says_where(document: Document, schema: str, parameter: str) -> bool:
    """Whether things say by a property, or in a ``parent``, to what a path parameter names they belong."""
    known = properties_of(document, schema)
    inner = mapping(document.schemas.resolve(known.get("parent")), "properties")
    return letters_of(parameter) in {letters_of(name) for name in (*known, *inner)} - {"id"}


def _ends_alike(path: str, collection: str) -> bool:
    """Whether two paths end in the same word; a collection may go on with what its things are of."""
    return last_of(path) == _word_of(collection)


def _word_of(collection: str) -> str:
    """What the things of a collection are called in its path."""
    return [part for part in collection.split("/") if "{" not in part][-1]


def _lists_one(document: Document, operation: Operation, schema: str) -> bool:
    """Whether an answer has one list, things of a schema are in it, and it is no thing itself (a cart)."""
    around = mapping(document.schemas.whole(top(document, operation)), "properties")
    if not around.keys().isdisjoint(("id", "_id", "uuid")):
        return False
    lists = [items for items in items_of(document, parts_shown(document, operation)) if items]
    found = [names_in([items]) for items in lists] or [[one] for one in _deep_inside(document, operation)]
    return found == [[schema]]


def _deep_inside(document: Document, operation: Operation) -> list[str]:
    """What the lists of an answer are of, wherever in it they stand (HAL's ``_embedded``)."""
    return names_in([document.schemas.at(one.pointer) for one in lists_shown(document, body_of(operation))])


def _shows_the_same(document: Document, one: Operation | None, other: Operation) -> bool:
    """Whether two lists are of one schema."""
    if not names_in([top(document, one)]):
        return False
    return bool(top(document, one) == top(document, other))


def said_by_words(document: Document, operations: Operations, owners: Mapping[str, str]) -> Iterator[Guess]:
    """What shows or changes one thing of several that a path names by a word (``/users/me``)."""
    collections = {item.rpartition("/")[0] for item in owners}
    for (method, path), reading in operations.items():
        if method != "GET":
            continue
        if "{" in path:
            continue
        for schema in names_in(parts_shown(document, reading)):
            if schema not in owners.values():
                continue
            ways = dict(_ON_ONE)
            if path.rpartition("/")[0] not in collections:
                ways.pop("DELETE")  # who ends a session deletes no user
            for other, verb in ways.items():
                operation = operations.get((other, path))
                if operation is not None:
                    words, why = words_of(document, operation, schema, verb), f"{path} is one {schema}"
                    yield Guess(operation.pointer, words, why, serves=True)
            break


def actions(
    document: Document, operations: Operations, owners: Mapping[str, str], taken: Collection[Pointer]
) -> Iterator[Guess]:
    """What is done to one thing at a path below its own (``PATCH /things/{id}/status``), as far as nothing
    else is known of the operation; ``taken``: of which something is."""
    named = {form_of(item): schema for item, schema in owners.items()}
    for (method, path), operation in operations.items():
        match = _ACTION.match(path)
        if match is None:
            continue
        if operation.pointer in taken:
            continue
        schema = named.get(form_of(match["item"]))
        if schema is None:
            continue
        if _names_none(document, operation, match["item"]):
            continue
        listed = names_in(items_of(document, parts_shown(document, operation)))
        if method == "GET" and schema in listed:
            continue
        words = _done(document, operation, schema, owners.values())
        why = f"{method} {path} is about the {schema} that it names"
        besides: dict[str, Node] = {}
        if method != "GET":
            besides = {
                **added_to(document, operation, schema),
                **set_by(document, operation, schema),
                **done_by(document, operation, schema),
                **(moved_by(document, operation, schema) if str(words["acts"]).endswith(".action") else {}),
            }
        if str(words["acts"]).partition(".")[0] != schema:
            besides = {}  # it is about something else, which it makes
        serves = is_told(operation, method, path) if method != "GET" else True
        yield Guess(operation.pointer, words, why, serves, besides)


def _names_none(document: Document, operation: Operation, item: str) -> bool:
    """Whether all that a path may say in the place of an id is one word, which stands for all of them
    (``/dags/~/runs/list``)."""
    declared = operation.parameter("path", last_of(item).strip("{}"))
    if declared is None:
        return False
    schema = document.schemas.resolve(declared.schema)
    if not isinstance(schema, dict):
        return False
    return "const" in schema


def _part(document: Document, operation: Operation, schema: str) -> str | None:
    """The object of a thing that alone is replaced by sending the whole thing to a path that ends in its name
    (``PUT /pods/{name}/status``)."""
    known, part = properties_of(document, schema), last_of(operation.path)
    if operation.method != "PUT":
        return None
    if not part.isidentifier():
        return None
    if types_of(document.schemas.resolve(known.get(part)))[:1] != ("object",):
        return None
    sent = document.at(operation.body_pointer or "")
    return part if schema in names_in([sent]) else None


def _done(document: Document, operation: Operation, schema: str, known: Collection[str]) -> dict[str, Node]:
    """What an operation below the path of a thing does to it: it stores what the thing has of the body, where
    it says so by its method, or by showing the thing."""
    if operation.method == "GET":
        return {"acts": f"{schema}.read"}
    says, shows = operation.method in ("PUT", "PATCH"), names_in(parts_shown(document, operation))
    if schema in shows:
        if _COPIES.match(operation.path):
            return words_of(document, operation, schema, "create")
        says = True
    elif operation.method == "POST" and operation.success_status == 201:
        for made in shows:
            if made in known:
                return words_of(document, operation, made, "create")
    sent = mapping(document.schemas.whole(operation.body), "properties").keys()
    part = _part(document, operation, schema)
    if part is not None:
        effect: dict[str, Node] = {"when": f"has(request.body.{part})", "set": {part: f"request.body.{part}"}}
        return {"acts": f"{schema}.action", "effects": {f"set_{part}": effect}}
    if says and not sent.isdisjoint(properties_of(document, schema)):
        return words_of(document, operation, schema, "update")
    return words_of(document, operation, schema, "action")
