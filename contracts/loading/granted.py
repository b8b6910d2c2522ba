"""What a mock takes for granted of a document that has words: of printed guesses, and of lists.

Words that `troth infer` has printed, and that nobody has changed, are guesses still. An author's own words
say all that there is, but for what the parameters of a list mean of which he says nothing: a mock that
ignored `limit`, and made a total up, would be of no use to anybody.
"""

from __future__ import annotations

from collections.abc import Iterator

from troth.contracts.document import Document, split
from troth.contracts.document.carriers import KEY, carriers
from troth.contracts.document.pointers import mapping, said, walk
from troth.contracts.loading.acting import Guess
from troth.contracts.loading.inference import all_guesses, put_words, with_words
from troth.contracts.loading.unnamed import with_names
from troth.contracts.model import Node, Pointer


def worded(document: Document, seed: int, *, tried: bool) -> Document:
    """A document with its words, and those that it suggests; ``tried``: only what a test may try."""
    if not carriers(document):
        return with_words(document, seed, tried=tried)
    if tried:
        return document
    if said(said(document.data, KEY), "guessed") is True:
        return _with_what_is_granted(document, seed)
    return _with_lists(document, seed)


def _with_what_is_granted(document: Document, seed: int) -> Document:
    """A document with printed guesses, and what was guessed besides for those that nobody has changed."""
    data: Node = document.data
    for guess, own in _guesses_beside_words(document, seed):
        if guess.besides and own == guess.value:
            data = put_words(data, split(guess.pointer), {**own, **guess.besides})
    found = _with_data(document, data)
    found.guessed = True
    return found


def _with_lists(document: Document, seed: int) -> Document:
    """A document with words of its own, of which none says how its lists are cut: with what the names of
    their parameters, and of what their bodies show, say to a mock."""
    data: Node = document.data
    if "paging" in mapping(data, KEY):
        return document
    silent = [at for at, kind in carriers(document) if kind == "operation" and _is_silent_list(document, at)]
    if not silent:
        return document
    for guess, own in _guesses_beside_words(document, seed):
        query = {**guess.value, **guess.besides}.get("query")
        if query is None or guess.pointer not in silent:
            continue
        if own["acts"] == guess.value.get("acts"):
            data = put_words(data, split(guess.pointer), {**own, "query": query})
    return _with_data(document, data)


def _guesses_beside_words(document: Document, seed: int) -> Iterator[tuple[Guess, Node]]:
    """What would be guessed of a document without its words, each guess with the words that stand there."""
    bare = Document(document.name, _without_words(document.data), document.sources)
    for guess in all_guesses(with_names(bare), seed):
        try:
            own = walk(document.data, (*split(guess.pointer), KEY))
        except (LookupError, TypeError):
            continue
        yield guess, own


def _with_data(document: Document, data: Node) -> Document:
    """The same document with other words."""
    found = Document(document.name, data, document.sources)
    found.faults, found.runs_below = document.faults, document.runs_below
    return found


def _is_silent_list(document: Document, at: Pointer) -> bool:
    """Whether an operation lists something, and does not say what its parameters mean."""
    words = mapping(document.at(at), KEY)
    return str(words.get("acts")).endswith(".list") and "query" not in words


def _without_words(node: Node) -> Node:
    """A copy without words."""
    if isinstance(node, list):
        return [_without_words(item) for item in node]
    if not isinstance(node, dict):
        return node
    return {key: _without_words(inner) for key, inner in node.items() if key != KEY}
