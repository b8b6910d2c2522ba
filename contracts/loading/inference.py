"""Words for a document that has none: what paths, methods and schemas say about things and who acts on them.

Only identity is inferred (``resources``, ``acts``, ``managed``, ``fixtures``), never a ``transition`` or a
rule: those nobody can guess. ``/things`` and ``/things/{id}`` make a resource where a response refers to a
component schema that has the identifying property.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from troth.contracts.contract.identity import id_schema, is_name
from troth.contracts.document import Document, join, split
from troth.contracts.document.carriers import KEY, carriers
from troth.contracts.document.pointers import listing, mapping
from troth.contracts.loading.acting import Guess, acting, said_in_query, shows_many, words_of
from troth.contracts.loading.answers import alternatives, first_of, items_of, names_in, parts_shown, top
from troth.contracts.loading.belonging import nest, parent_of, parents
from troth.contracts.loading.below import Below, by_end, collections_below
from troth.contracts.loading.bulk import bulk
from troth.contracts.loading.contained import by_parent, contained, list_held, related
from troth.contracts.loading.elsewhere import actions, elsewhere, made_by, said_by_words
from troth.contracts.loading.filing import as_files, files, filing
from troth.contracts.loading.linking import linked, linking
from troth.contracts.loading.naming import by_its_name, identifier, letters_of, properties_of
from troth.contracts.loading.placing import ITEM, Operations, by_place, is_silent, items
from troth.contracts.loading.seeding import Seen, resource_words, single_words
from troth.contracts.loading.single import singles
from troth.contracts.loading.unidentified import without_id
from troth.contracts.loading.unnamed import name_of_files, named, place_shown, stand_ins, with_names
from troth.contracts.loading.written import wrapped
from troth.contracts.model import Node, Operation, Parameter, Schema

_NAMING = ("GET", "PATCH", "PUT", "DELETE")

_KINDS = ("type", "kind", "format", "mode", "period", "status", "state")
"""What many things have in common: none of them is called by it."""


def infer(document: Document, seed: int = 0) -> list[Guess]:
    """The words that a document without words suggests; none where it has words of its own.

    What the records say that it is served with follows from ``seed``.
    """
    if carriers(document):
        return []
    named_all = with_names(document)
    return [*_said(guess for guess in all_guesses(named_all, seed) if not guess.serves)]


def _said(guesses: Iterable[Guess]) -> Iterator[Guess]:
    """The guesses as an author may say them: not of things that only a mock takes for granted."""
    unsaid: frozenset[str] = frozenset()
    for guess in guesses:
        unsaid |= guess.unsaid
        resources = mapping(guess.value, "resources")
        told = {name: words for name, words in resources.items() if name not in unsaid}
        if told:
            yield guess._replace(value={**guess.value, "resources": told})
        elif not resources and str(guess.value.get("acts")).partition(".")[0] not in unsaid:
            yield guess


def all_guesses(document: Document, seed: int) -> list[Guess]:
    """The words that a document suggests in which each thing has a name."""
    operations = by_place(document)
    resources: dict[str, dict[str, Node]] = {}
    standing = stand_ins(document)
    links = linked(document, operations, [*items(document, operations)])
    owners, guesses = _of_several(document, operations, links, resources, standing, seed)
    shown = {*resources}
    guesses += _unidentified(document, operations, links, resources, owners, seed)
    unsaid = frozenset({*(resources.keys() - shown), *_never_shown(operations, owners)})
    guesses += linking(document, operations, owners, links)
    alone, children = dict[str, str](), by_parent(operations)
    for operation, schema in _singles(document, operations, standing, owners.values()):
        resources.setdefault(schema, single_words(document, schema, seed))
        alone[operation.path] = schema
        guesses.append(_acting_alone(document, operations, children, operation, schema))
    if not resources:
        return []
    around = {**owners, **alone}
    guesses += [*contained(document, operations, around, owners), *related(document, operations, around)]
    above = parents(document, owners)
    for below in collections_below(operations, owners):
        if _makes(document, below):
            above[below.schema] = parent_of(document, below.schema, owners[below.above], below.above)
            guesses += _acting_below(document, below)
    guesses += elsewhere(document, operations, owners)
    guesses += said_by_words(document, operations, owners)
    guesses += bulk(document, operations, owners, {guess.pointer for guess in guesses})
    guesses += actions(document, operations, owners, {guess.pointer for guess in guesses})
    guesses = [*filing(document, operations, owners, guesses), *guesses]
    for schema, parent in above.items():
        nest(resources[schema], parent, resources[parent["resource"]])
    unique = {guess.pointer: guess for guess in reversed(guesses)}
    why = "schemas that paths of the form /things/{id} show"
    whole = Guess("", {"guessed": True, "resources": resources}, why, unsaid=unsaid)
    return [whole, *reversed(unique.values())]


def _of_several(
    document: Document,
    operations: Operations,
    links: Collection[str],
    resources: dict[str, dict[str, Node]],
    standing: Mapping[str, str],
    seed: int,
) -> tuple[dict[str, str], list[Guess]]:
    """The paths that name one of several things, with their schemas, which get their words; and what is done
    at these paths."""
    guesses: list[Guess] = []
    owners: dict[str, str] = {}
    posted = by_end(operations)
    for path, match in items(document, operations).items():
        if match["collection"] in links:
            continue
        collection = match["collection"] + (match["end"] or "")  # /Calls/{Sid}.json is of /Calls.json
        schema, key = _new_thing(document, operations, match, collection, standing, resources)
        if schema is None:
            continue
        if key is None:
            continue
        key = _by_all_names(document, operations, match, schema, key)
        naming = first_of(operations, path, _NAMING)
        declared = naming.parameter("path", match["id"]) if naming is not None else None
        key = by_its_name(document, properties_of(document, schema), key, declared, match["collection"])
        id_ = id_schema(document.schemas, properties_of(document, schema), key)
        if _selects(document, naming, schema, declared, id_, key):
            continue
        owners[path] = schema
        if schema not in resources:
            reading, listing_ = operations.get(("GET", path)), operations.get(("GET", collection))
            making = operations.get(("POST", collection))
            if making is None:
                making = made_by(document, operations, posted, collection, schema)
            shown = Seen(schema, key, match["id"], reading, listing_, making, naming)
            resources[schema] = resource_words(document, shown, seed)
        guesses += acting(document, operations, path, collection, schema)
    return owners, guesses


def _never_shown(operations: Operations, owners: Mapping[str, str]) -> Iterator[str]:
    """Things that no path names, and that are not shown when they are made: nobody can tell which is new."""
    for path, schema in owners.items():
        making = operations.get(("POST", path.rpartition("/")[0]))
        if making is None:
            continue
        if first_of(operations, path, (*_NAMING, "POST")) is not None:
            continue
        if is_silent(making):
            yield schema


def _unidentified(
    document: Document,
    operations: Operations,
    links: Collection[str],
    resources: dict[str, dict[str, Node]],
    owners: dict[str, str],
    seed: int,
) -> list[Guess]:
    """What is done with things whose id no answer shows, which get their words: only a mock takes that for
    granted."""
    guesses: list[Guess] = []
    for path, match in items(document, operations).items():
        if path in owners:
            continue
        if match["collection"] in links:
            continue
        shown = without_id(document, operations, match)
        if shown is None:
            continue
        if shown.schema in resources:
            continue
        owners[path] = shown.schema
        resources[shown.schema] = resource_words(document, shown, seed)
        collection = match["collection"] + (match["end"] or "")
        guesses += acting(document, operations, path, collection, shown.schema)
    for match in files(document, operations):
        schema = name_of_files(document, match["collection"])
        if match[0] not in owners and schema is not None:
            resources[schema] = {"id": match["id"], "fixtures": {}}
            guesses += as_files(document, operations, match[0], schema)
    return guesses


def _new_thing(
    document: Document,
    operations: Operations,
    match: re.Match[str],
    collection: str,
    standing: Mapping[str, str],
    known: Mapping[str, Node],
) -> tuple[str | None, str | None]:
    """The schema of what a path names, and the property by which it does; nothing where the path is none of
    the document, and others name such a thing, or where what is shown is what it belongs to."""
    schema, key = _thing(document, operations, match, collection, standing)
    if schema in known and first_of(operations, match[0], (*_NAMING, "POST")) is None:
        return None, None
    if schema is not None and _is_of_above(document, operations, match, schema, standing):
        return None, None
    return schema, key


def _thing(
    document: Document,
    operations: Operations,
    match: re.Match[str],
    collection: str,
    standing: Mapping[str, str],
) -> tuple[str | None, str | None]:
    """The schema of what a path names, and the property by which it does."""
    for whole in names_in([top(document, first_of(operations, match[0], ("GET", "PATCH", "PUT")))]):
        key = _key(document, match, whole)
        if key is not None:
            return whole, key  # what is inside of it may look like it, too
    schema = _schema(document, operations, match[0], collection)
    if schema is not None:
        key = _key(document, match, schema)
        if key is not None:
            return schema, key
    place = place_shown(document, operations, match)
    schema = named(document, place, standing) if place is not None else None
    if schema is None:
        return None, None
    return schema, _key(document, match, schema)


def _key(document: Document, match: re.Match[str], schema: str) -> str | None:
    """The property by which a path names a thing of a schema."""
    return identifier(document, properties_of(document, schema), match["id"], match["collection"])


def _by_all_names(
    document: Document, operations: Operations, match: re.Match[str], schema: str, key: str
) -> str:
    """The property by which the operations at a path name a thing, where they call the parameter by several
    names (``GET /things/{thing_name}``, ``PUT /things/{thing_id}``): its id, for what a thing is called may
    be changed."""
    named = [operations[method, match[0]] for method in _NAMING if (method, match[0]) in operations]
    others = [ITEM.match(operation.path) for operation in named]
    keys = [_key(document, other, schema) for other in others if other and other["id"] != match["id"]]
    return next((other for other in keys if other and is_name(key) and not is_name(other)), key)


def _is_of_above(
    document: Document,
    operations: Operations,
    match: re.Match[str],
    schema: str,
    standing: Mapping[str, str],
) -> bool:
    """Whether not what a path names is shown there, but what it belongs to (a cart, of which an item is
    deleted)."""
    around = match["collection"].rpartition("/")[0]
    above = ITEM.match(around)
    if ("GET", match[0]) in operations:
        return False
    if above is None:
        return schema in names_in([top(document, operations.get(("GET", around)))])
    return _thing(document, operations, above, above["collection"], standing)[0] == schema


def _selects(
    document: Document,
    naming: Operation | None,
    schema: str,
    declared: Parameter | None,
    id: Node,
    key: str,
) -> bool:
    """Whether a path says which things are listed, or by one of a few words what is shown: no one thing."""
    if naming is None:
        return False
    if declared is None:
        return False
    if shows_many(document, naming, schema):
        return True
    words = listing(document.schemas.resolve(declared.schema), "enum")
    if letters_of(key) in _KINDS:
        return bool(words)
    if not bool(words):
        return False
    return not any(document.schemas.fits(id, word) for word in words)


def _singles(
    document: Document, operations: Operations, standing: Mapping[str, str], known: Collection[str]
) -> Iterator[tuple[Operation, str]]:
    """What is done to things of which there is one only, with their schemas."""
    for single in singles(document, operations):
        schema = named(document, single.place, standing)
        if schema is not None and schema not in known:
            yield from ((operation, schema) for operation in single.operations)


def _acting_alone(
    document: Document,
    operations: Operations,
    below: Mapping[str, Collection[str]],
    operation: Operation,
    schema: str,
) -> Guess:
    verb = {"GET": "read", "DELETE": "delete"}.get(operation.method, "update")
    words: dict[str, Node] = {"acts": f"{schema}.{verb}"}
    if verb == "update":
        inside = wrapped(document, operation, properties_of(document, schema))
        if inside:
            words["body"] = join("", *inside)
    held = list_held(document, operations, below, operation.path)
    if verb == "delete" and held is not None:  # a cart that is deleted is empty
        words = {"acts": f"{schema}.action", "parts": {"in": held, "does": "clear"}}
    return Guess(operation.pointer, words, f"{operation.method} {operation.path}: there is one only")


def _makes(document: Document, below: Below) -> bool:
    """Whether what a collection makes is what its things are, and belongs to something else."""
    if below.schema not in names_in(parts_shown(document, below.making)):
        return False
    return "parent" not in properties_of(document, below.schema)


def _acting_below(document: Document, below: Below) -> Iterator[Guess]:
    schema, making, listing_ = below.schema, below.making, below.listing
    words, besides = words_of(document, making, schema, "create"), said_in_query(document, making, schema)
    yield Guess(making.pointer, words, f"POST {making.path} makes a {schema}", besides=besides)
    if listing_ is None:
        return
    if schema not in names_in(items_of(document, parts_shown(document, listing_))):
        return
    words = words_of(document, listing_, schema, "list")
    yield Guess(listing_.pointer, words, f"GET {listing_.path} shows the {schema} that it makes")


_ONLY_SERVED = ("parts", "file", "writes")
"""Words besides that no server is to be held to."""


def _tried(guesses: list[Guess]) -> Iterator[Guess]:
    """The guesses that a test may try: not of things whose id no answer shows."""
    unsaid: frozenset[str] = frozenset()
    for guess in guesses:
        unsaid |= guess.unsaid
        told = {n: words for n, words in mapping(guess.value, "resources").items() if n not in unsaid}
        if guess.unsaid:
            guess = guess._replace(value={**guess.value, "resources": told})
        if guess.untried:
            continue
        if str(guess.value.get("acts")).partition(".")[0] in unsaid:
            continue
        besides = {name: words for name, words in guess.besides.items() if name not in _ONLY_SERVED}
        yield guess._replace(besides=besides)


def with_words(document: Document, seed: int = 0, *, tried: bool = False) -> Document:
    """The document with the words that it suggests; itself where it has words of its own. ``tried``: with
    those only that a test may try."""
    if carriers(document):
        return document
    named_all = with_names(document)
    data: Node = named_all.data
    guesses = all_guesses(named_all, seed)
    for guess in _tried(guesses) if tried else guesses:
        data = put_words(data, split(guess.pointer), {**guess.value, **guess.besides})
    found = Document(document.name, data, document.sources)
    found.guessed, found.faults = True, named_all.faults
    return found


def put_words(node: Node, tokens: Sequence[str], words: Schema) -> Node:
    """A copy with the words under ``x-contract``; only what lies on the way is copied."""
    if not tokens:
        return {**node, KEY: words}
    return {**node, tokens[0]: put_words(node[tokens[0]], tokens[1:], words)}


def _schema(document: Document, operations: Operations, item: str, collection: str) -> str | None:
    """The component schema that both the item and its list show, else the one that the item shows."""
    read = first_of(operations, item, ("GET", "PATCH", "PUT"))
    shown = names_in(parts_shown(document, read))
    listed = names_in(items_of(document, parts_shown(document, operations.get(("GET", collection)))))
    made = names_in(parts_shown(document, operations.get(("POST", collection))))
    either = names_in(alternatives(document, read))  # the thing, or that it is gone
    for candidates in (shown, either):
        for others in (listed, made):
            both = [name for name in candidates if name in others]
            if both:
                return both[0]
    return shown[0] if shown else None
