"""Changes of shape: operations, parameters, bodies, answers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from troth.contracts.contract import Contract
from troth.contracts.diff.behaviour import Pair, label
from troth.contracts.diff.change import Change
from troth.contracts.diff.flat import REQUEST, RESPONSE, expanded
from troth.contracts.diff.schemas import Comparison
from troth.contracts.document import Document, join
from troth.contracts.model import Json, Operation, Pointer
from troth.contracts.promises.facts import BREAKS, MAYBE, SAFE

Found = Mapping[Any, tuple[Pointer, Mapping[str, Json]]]
"""Parts of an operation by what makes them the same: the node and where it stands."""


def matched(old: Contract, new: Contract) -> list[Pair]:
    """The operations that are the same: by method and path, whatever parameters are called, then by id."""
    rest = {_call(operation): operation for operation in new.operations.values()}
    pairs, alone = [], []
    for operation in old.operations.values():
        twin = rest.pop(_call(operation), None)
        if twin is None:
            alone.append(operation)
        else:
            pairs.append((operation, twin))
    left = {operation.id: operation for operation in rest.values()}
    return pairs + [(one, left[one.id]) for one in alone if one.id in left]


def _call(operation: Operation) -> tuple[str, str]:
    return operation.method, re.sub(r"\{[^{}]*\}", "{}", operation.path.rstrip("/") or "/")


def structure(old: Contract, new: Contract, pairs: list[Pair]) -> Iterator[Change]:
    """What differs in shapes."""
    if old.document.data == new.document.data:
        return
    yield from _operations(old, new, pairs)
    yield from _servers(old.document, new.document)
    comparison = Comparison(old.document, new.document)
    for one, other in pairs:
        yield from _Operation(old.document, new.document, one, other, comparison).changes()
    yield from comparison.changes()
    if expanded(old.document, "/webhooks") != expanded(new.document, "/webhooks"):
        why = "what is inside of webhooks is not told apart"
        yield Change("webhooks/changed", MAYBE, "webhooks differ", why, old="/webhooks", new="/webhooks")


def _operations(old: Contract, new: Contract, pairs: list[Pair]) -> Iterator[Change]:
    kept = {id(operation) for pair in pairs for operation in pair}
    for operation in old.operations.values():
        if id(operation) not in kept:
            says, why = f"{label(operation)} is gone", "calls of it fail"
            yield Change("operation/removed", BREAKS, says, why, (label(operation),), old=operation.pointer)
    for operation in new.operations.values():
        if id(operation) not in kept:
            says, why = f"{label(operation)} is new", "nobody calls it yet"
            yield Change("operation/added", SAFE, says, why, (label(operation),), new=operation.pointer)


def _servers(old: Document, new: Document) -> Iterator[Change]:
    was, is_ = ([str(s.get("url")) for s in d.data.get("servers") or [{"url": "/"}]] for d in (old, new))
    for url in was:
        if url not in is_:
            says, why = f"the server `{url}` is gone", "clients may call it there"
            yield Change("servers/removed", MAYBE, says, why, old="/servers", new="/servers")
    for url in is_:
        if url not in was:
            yield Change(
                "servers/added", SAFE, f"the server `{url}` is new", "nobody calls it yet", new="/servers"
            )


class _Operation:
    """One operation in both versions."""

    def __init__(self, a: Document, b: Document, old: Operation, new: Operation, to: Comparison) -> None:
        self.a, self.b, self.old, self.new, self.comparison = a, b, old, new, to
        self.label = label(old)

    def changes(self) -> Iterator[Change]:
        yield from self.itself()
        yield from self.parameters()
        yield from self.body()
        yield from self.responses()

    def change(
        self, kind: str, breaking: str, says: str, why: str, old: Pointer | None, new: Pointer | None
    ) -> Change:
        return Change(kind, breaking, says, why, (self.label,), (), old, new)

    def itself(self) -> Iterator[Change]:
        """Its path, its id, its deprecation and its callbacks."""
        at = (self.old.pointer, self.new.pointer)
        one, other = self.a.at(at[0]), self.b.at(at[1])
        if _call(self.old) != _call(self.new):
            says = f"the call is `{self.new.method} {self.new.path}` now"
            yield self.change("operation/moved", BREAKS, says, "calls of the old path fail", *at)
        elif one.get("operationId") != other.get("operationId"):
            says = f"`operationId` is `{other.get('operationId')}` now"
            yield self.change("operation/renamed", MAYBE, says, "generated clients call it by that name", *at)
        if one.get("deprecated", False) is not other.get("deprecated", False):
            says = f"the call is {'' if other.get('deprecated') else 'no longer '}deprecated"
            yield self.change("operation/deprecated", SAFE, says, "it works as before", *at)
        if expanded(self.a, f"{at[0]}/callbacks") != expanded(self.b, f"{at[1]}/callbacks"):
            why = "what is inside of callbacks is not told apart"
            yield self.change("callbacks/changed", MAYBE, "its callbacks differ", why, *at)

    def parameters(self) -> Iterator[Change]:
        old, new = _parameters(self.a, self.old), _parameters(self.b, self.new)
        for key, (at, node) in old.items():
            if key not in new:
                says = f"the {node['in']} parameter `{node['name']}` is gone"
                yield self.change(
                    "parameter/removed", MAYBE, says, "who sends it is ignored or refused", at, None
                )
            else:
                yield from self.parameter((at, node), new[key])
        for key, (at, node) in new.items():
            if key not in old:
                needed = node.get("required") is True
                says = f"the {node['in']} parameter `{node['name']}` is new" + (" and required" * needed)
                why = "calls without it are refused" if needed else "who leaves it out is served as before"
                yield self.change("parameter/added", BREAKS if needed else SAFE, says, why, None, at)

    def parameter(
        self, old: tuple[Pointer, Mapping[str, Json]], new: tuple[Pointer, Mapping[str, Json]]
    ) -> Iterator[Change]:
        (at, one), (to, other) = old, new
        name = f"the {one['in']} parameter `{one['name']}`"
        if bool(one.get("required")) != bool(other.get("required")):
            needed = bool(other.get("required"))
            why = "calls without it are refused" if needed else "it may be left out"
            says = f"{name} is {'required' if needed else 'optional'} now"
            yield self.change("parameter/required", BREAKS if needed else SAFE, says, why, at, to)
        if _written(one) != _written(other):
            says = f"{name} is written in another way"
            yield self.change("parameter/style", BREAKS, says, "what clients send is read otherwise", at, to)
        for inner, media in (
            ("schema", ""),
            *((f"content/{_token(m)}/schema", m) for m in one.get("content", ())),
        ):
            if _has(self.a, at, inner) and _has(self.b, to, inner):
                where = f"{one['in']}/{one['name']}{media and ' as ' + media}"
                self.comparison.root((f"{at}/{inner}", f"{to}/{inner}"), REQUEST, where, self.label)

    def body(self) -> Iterator[Change]:
        old, new = (
            d.resolve(f"{o.pointer}/requestBody") if "requestBody" in d.at(o.pointer) else (None, {})
            for d, o in ((self.a, self.old), (self.b, self.new))
        )
        needed, was = (bool(node.get("required")) for _, node in (new, old))
        if old[0] is None or new[0] is None:
            if old[0] is not None:
                says, why = "the call takes no body now", "what clients send is ignored or refused"
                yield self.change("body/removed", MAYBE, says, why, old[0], self.new.pointer)
            elif new[0] is not None:
                says = f"the call takes a body now{', which is required' * needed}"
                why = "calls without it are refused" if needed else "it may be left out"
                yield self.change("body/added", BREAKS if needed else SAFE, says, why, None, new[0])
            return
        if needed != was:
            says = f"the body is {'required' if needed else 'optional'} now"
            why = "calls without it are refused" if needed else "it may be left out"
            yield self.change("body/required", BREAKS if needed else SAFE, says, why, old[0], new[0])
        yield from self.contents("body", old, new, REQUEST)

    def contents(self, where: str, old: Any, new: Any, direction: str) -> Iterator[Change]:
        (at, one), (to, other) = old, new
        media = {_media(name): name for name in one.get("content") or {}}
        others = {_media(name): name for name in other.get("content") or {}}
        for name, written in media.items():
            if name not in others:
                why = "clients send it" if direction == REQUEST else "clients ask for it"
                yield self.change("media/removed", BREAKS, f"`{name}` of {where} is gone", why, at, to)
                continue
            inner = [join(p, "content", n, "schema") for p, n in ((at, written), (to, others[name]))]
            if _has(self.a, inner[0], "") and _has(self.b, inner[1], ""):
                self.comparison.root((inner[0], inner[1]), direction, where, self.label)
            elif _has(self.a, inner[0], "") is not _has(self.b, inner[1], ""):
                says = f"{where} has {'a' if _has(self.b, inner[1], '') else 'no'} schema now"
                yield self.change("schema/changed", MAYBE, says, "one of the two says nothing", at, to)
        for name in others:
            if name not in media:
                says, why = f"`{name}` of {where} is new", "clients need not use it"
                yield self.change("media/added", SAFE, says, why, at, to)

    def responses(self) -> Iterator[Change]:
        old, new = _responses(self.a, self.old), _responses(self.b, self.new)
        for key, (at, node) in old.items():
            if key in new:
                yield from self.contents(f"answer {key}", (at, node), new[key], RESPONSE)
                yield from self.headers(key, (at, node), new[key])
                continue
            covered = not key.startswith("2") and {f"{key[0]}XX", "default"} & new.keys()
            breaking = BREAKS if key.startswith("2") else SAFE if covered else MAYBE
            why = "another entry covers it" if covered else "clients handle this answer and get another"
            yield self.change(
                "response/removed", breaking, f"answer {key} is gone", why, at, self.new.pointer
            )
        for key, (at, _) in new.items():
            if key not in old:
                known = key[0] not in "23" or {f"{key[0]}XX", "default"} & old.keys()
                breaking = SAFE if known else MAYBE
                why = "clients handle refusals" if known else "clients may not know this success"
                yield self.change(
                    "response/added", breaking, f"answer {key} is new", why, self.old.pointer, at
                )

    def headers(self, key: str, old: Any, new: Any) -> Iterator[Change]:
        one = {str(n).lower(): join(old[0], "headers", n) for n in old[1].get("headers") or {}}
        other = {str(n).lower(): join(new[0], "headers", n) for n in new[1].get("headers") or {}}
        for name, at in one.items():
            at, node = self.a.resolve(at)
            if name not in other:
                breaking = BREAKS if node.get("required") else MAYBE
                says = f"header `{name}` of answer {key} is gone"
                yield self.change("header/removed", breaking, says, "clients may read it", at, new[0])
                continue
            to, _ = self.b.resolve(other[name])
            if _has(self.a, at, "schema") and _has(self.b, to, "schema"):
                where = f"answer {key} header {name}"
                self.comparison.root((f"{at}/schema", f"{to}/schema"), RESPONSE, where, self.label)


def _parameters(document: Document, operation: Operation) -> Found:
    """By place and name; those of the path by their position, whatever they are called."""
    order = re.findall(r"\{([^{}]*)\}", operation.path)
    found: dict[Any, tuple[Pointer, Mapping[str, Json]]] = {}
    for base in (operation.pointer.rpartition("/")[0], operation.pointer):
        for index in range(len(document.at(base).get("parameters") or ())):
            at, node = document.resolve(join(base, "parameters", index))
            name, place = str(node["name"]), node["in"]
            key = order.index(name) if place == "path" and name in order else name
            found[place, key.lower() if place == "header" and isinstance(key, str) else key] = (at, node)
    return found


def _responses(document: Document, operation: Operation) -> dict[str, tuple[Pointer, Mapping[str, Json]]]:
    listed = document.at(operation.pointer).get("responses") or {}
    keys = {k: "default" if str(k).lower() == "default" else str(k).upper() for k in listed}
    return {name: document.resolve(join(operation.pointer, "responses", k)) for k, name in keys.items()}


def _written(parameter: Mapping[str, Json]) -> tuple[Json, ...]:
    """How a parameter is written, with what is meant where nothing is said."""
    style = parameter.get("style") or ("form" if parameter["in"] in ("query", "cookie") else "simple")
    media = sorted(parameter.get("content") or ())
    return style, parameter.get("explode", style == "form"), parameter.get("allowReserved", False), media


def _media(name: str) -> str:
    return name.partition(";")[0].strip().lower()


def _token(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _has(document: Document, pointer: Pointer, inner: str) -> bool:
    try:
        document.at(f"{pointer}/{inner}" if inner else pointer)
    except LookupError:
        return False
    return True
