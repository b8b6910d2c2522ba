"""The states of a resource and what moves between them, as a graph and as Mermaid text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from troth.contracts.contract import Contract
from troth.contracts.contract.word_values import Transition, transition_of
from troth.contracts.model import Auto, Operation, Resource
from troth.contracts.words._resource_facts import spoken

START = ""
"""The node where new records come from: no state has an empty name."""


@dataclass(frozen=True)
class Edge:
    """Moves between two states; ``labels`` are stacked, ``automatic`` ones need no call."""

    source: str
    target: str
    labels: tuple[str, ...]
    automatic: bool = False


@dataclass(frozen=True)
class Graph:
    """A state machine to draw."""

    name: str
    states: tuple[str, ...]
    final: tuple[str, ...]
    edges: tuple[Edge, ...]


def graph(contract: Contract, resource: Resource) -> Graph:
    """The state machine of a resource; every move between the same two states is one edge."""
    found: dict[tuple[str, str, bool], list[str]] = {}
    for source, target, label in _moves(contract, resource):
        found.setdefault((source, target, False), []).append(label)
    if resource.initial and not any(source == START for source, _, _ in found):
        found[START, resource.initial, False] = []
    for auto in resource.auto:
        for source in auto.source:
            label = f"{auto.name} [{_flat(_when(auto))}]{_guess(auto.assumed)}"
            found.setdefault((source, auto.to, True), []).append(label)
    edges = tuple(Edge(*key[:2], tuple(dict.fromkeys(labels)), key[2]) for key, labels in found.items())
    return Graph(resource.name, resource.states, resource.final, edges)


def _moves(contract: Contract, resource: Resource) -> Iterator[tuple[str, str, str]]:
    for operation in contract.operations.values():
        if operation.resource != resource.name:
            continue
        transition = transition_of(operation)
        if isinstance(transition, Transition):
            yield from _transitions(operation, transition)
        elif operation.verb == "create" and resource.initial:
            yield START, resource.initial, operation.id + _guess(operation.assumed)


def _transitions(operation: Operation, transition: Transition) -> Iterator[tuple[str, str, str]]:
    for source in transition.states or (START,):
        for target, guard in transition.targets:
            label = operation.id + _condition(transition, guard)
            yield source, target, label + _guess(transition.assumed)


def _condition(transition: Transition, guard: str | None) -> str:
    """Which of several ways it is; nothing where there is one only."""
    if guard:
        return f" [{_flat(guard)}]"
    if len(transition.targets) > 1:
        return " [otherwise]"
    return ""


def _when(auto: Auto) -> str:
    """What makes a move happen: a condition, a time, or both."""
    causes = []
    if auto.when:
        causes.append(auto.when)
    if auto.after is not None:
        causes.append(f"after {spoken(auto.after)}")
    return ", ".join(causes)


def _guess(assumed: bool) -> str:
    if assumed:
        return " (assumed)"
    return ""


def _flat(text: str) -> str:
    return " ".join(text.split())


def mermaid(graph: Graph) -> str:
    """A Mermaid flow chart: its state diagrams know no dashed lines."""
    ids: Mapping[str, str] = {state: f"s{n}" for n, state in enumerate(graph.states)} | {START: "new"}
    lines = ["flowchart TB", "  new(( ))"]
    for state in graph.states:
        text = _quoted(state)
        if state in graph.final:
            lines.append(f'  {ids[state]}[["{text}"]]')
        else:
            lines.append(f'  {ids[state]}("{text}")')
    for edge in graph.edges:
        arrow = "-.->" if edge.automatic else "-->"
        if edge.labels:
            label = "<br/>".join(map(_quoted, edge.labels))
            arrow += f'|"{label}"|'
        lines.append(f"  {ids[edge.source]} {arrow} {ids[edge.target]}")
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return re.sub(r'[&"<>#`]', lambda found: f"#{ord(found[0])};", text)
