"""Where the states and labels of a diagram go: rows from the top, nothing on top of anything else.

States stand in even rows and labels in the rows between them, each a box of its own; what passes a row
without stopping keeps a narrow lane there. Lanes and boxes of a row are put beside each other, so no two
can overlap, whatever the machine looks like. No chance is involved: the same graph, the same picture.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from troth.contracts.docs.graph import START, Edge, Graph

CHARACTER, LINE = 7.25, 16
"""Width and height of a character of the (monospaced) font."""

BESIDE, BETWEEN = 26, 36
"""The least space between neighbours in a row, and between rows."""

WIDEST = 36
"""Characters in one line of a label."""


@dataclass(eq=False)
class Box:
    """A state, a label, or (without text) the lane of an edge that passes a row."""

    row: int
    state: str | None = None
    lines: tuple[str, ...] = ()
    loop: tuple[str, ...] = ()
    width: float = 12
    height: float = 0
    room: float = 0
    """The height of its row: a line bends only between rows, so that it crosses no neighbour."""
    x: float = 0
    y: float = 0
    near: list[Box] = field(default_factory=list)

    @property
    def reach(self) -> float:
        """What the box takes of its row: a state's own arrow and its label stand right of it."""
        if not self.loop:
            return self.width
        return self.width + 40 + _width(self.loop)


@dataclass(frozen=True)
class Route:
    """The boxes that an edge passes, from its source to its target."""

    edge: Edge
    boxes: tuple[Box, ...]


@dataclass(frozen=True)
class Layout:
    """Placed boxes and routes, and the size of the picture."""

    boxes: tuple[Box, ...]
    routes: tuple[Route, ...]
    width: float
    height: float


def place(graph: Graph) -> Layout:
    """Give every state and label its place."""
    rows = _rows(graph)
    loops = {e.source: wrapped(e.labels) for e in graph.edges if e.source == e.target}
    states = {s: _state(s, row * 2, loops.get(s, ())) for s, row in rows.items()}
    boxes, routes = list(states.values()), []
    for edge in graph.edges:
        if edge.source != edge.target:
            route = _route(edge, states[edge.source], states[edge.target])
            boxes += route.boxes[1:-1]
            routes.append(route)
    layers = [[b for b in boxes if b.row == row] for row in range(max(b.row for b in boxes) + 1)]
    _order(layers)
    width = _across(layers)
    return Layout(tuple(boxes), tuple(routes), width, _down(layers))


def wrapped(labels: Sequence[str]) -> tuple[str, ...]:
    """Labels as lines, the following ones of each set in; cut at spaces where there are any."""
    lines: list[str] = []
    for label in labels:
        line = ""
        for word in label.split(" "):
            if line and len(line) + 1 + len(word) > WIDEST:
                lines.append(line)
                line = "  " + word
            elif line:
                line = f"{line} {word}"
            else:
                line = word
        lines.append(line)
    return tuple(lines)


def _width(lines: Sequence[str]) -> float:
    return max(map(len, lines), default=0) * CHARACTER + 10


def _state(name: str, row: int, loop: tuple[str, ...]) -> Box:
    if name == START:
        return Box(row, name, width=16, height=16)
    height = max(34, len(loop) * LINE + 6)
    return Box(row, name, (name,), loop, max(_width((name,)) + 18, 70), height)


def _rows(graph: Graph) -> dict[str, int]:
    """The longest way from the start, edges that lead back left out; what nothing leads to stands on top."""
    ahead = _forward(graph)
    rows = dict.fromkeys((START, *graph.states), 0)
    for _ in rows:
        for source, target in ahead:
            rows[target] = max(rows[target], rows[source] + 1)
    with_way_in = {target for _, target in ahead}
    with_way_out = {source for source, _ in ahead}
    if START not in with_way_out:
        del rows[START]
        return rows
    for state in graph.states:
        if state not in with_way_in and state not in with_way_out:
            rows[state] = 1  # what is tied to nothing stands beside the first ones, not the start
    return rows


def _forward(graph: Graph) -> list[tuple[str, str]]:
    """The edges without those that close a circle, found depth first from the start."""
    after: dict[str, list[str]] = {state: [] for state in (START, *graph.states)}
    for edge in graph.edges:
        if edge.source != edge.target:
            after[edge.source].append(edge.target)
    found, done, way = [], set(), []

    def visit(state: str) -> None:
        way.append(state)
        for target in after[state]:
            if target not in way:
                found.append((state, target))
                if target not in done:
                    visit(target)
        done.add(way.pop())

    for state in after:
        if state not in done:
            visit(state)
    return found


def _route(edge: Edge, source: Box, target: Box) -> Route:
    """A lane in every row between, the label in the middle one; between neighbours of a row below them."""
    lanes = [Box(row) for row in _rows_between(source.row, target.row)]
    if edge.labels:
        lines = wrapped(edge.labels)
        label = _middle(lanes, downwards=target.row >= source.row)
        label.lines, label.width, label.height = lines, _width(lines), len(lines) * LINE + 6
    boxes = (source, *lanes, target)
    for one, other in itertools.pairwise(boxes):
        one.near.append(other)
        other.near.append(one)
    return Route(edge, boxes)


def _rows_between(source: int, target: int) -> Sequence[int]:
    """The rows that an edge passes; one that stays in its row goes through the next one."""
    if source == target:
        return [source + 1]
    if target > source:
        return range(source + 1, target)
    return range(source - 1, target, -1)


def _middle(lanes: Sequence[Box], *, downwards: bool) -> Box:
    """The middle one of the lanes that can bear a label: those in odd rows."""
    index = (len(lanes) - 1) // 2
    if downwards:
        index = len(lanes) // 2
    if lanes[index].row % 2 == 1:
        return lanes[index]
    return next(lane for lane in lanes if lane.row % 2 == 1)


def _order(layers: list[list[Box]]) -> None:
    """Fewer crossings: each box near the middle of those it is tied to, downwards and upwards in turn."""
    at = {box: float(i) for layer in layers for i, box in enumerate(layer)}
    for sweep, layer in _sweeps(layers, 12):
        side = -1 if sweep % 2 == 0 else 1
        middle = {box: _mean_place(box, side, at) for box in layer}
        layer.sort(key=lambda box: middle[box])
        at |= {box: float(i) for i, box in enumerate(layer)}


def _sweeps(layers: list[list[Box]], number: int) -> Iterator[tuple[int, list[Box]]]:
    """The layers from the top and from the bottom in turn, with the number of the sweep."""
    for sweep in range(number):
        for layer in layers if sweep % 2 == 0 else layers[::-1]:
            yield sweep, layer


def _mean_place(box: Box, side: int, at: Mapping[Box, float]) -> float:
    """The middle of what a box is tied to above (-1) or below (1) it; its own place where that is nothing."""
    tied = [at[other] for other in box.near if (other.row - box.row) * side > 0]
    if not tied:
        return at[box]
    return sum(tied) / len(tied)


def _across(layers: list[list[Box]]) -> float:
    """Columns: boxes are drawn to those they are tied to, and pushed apart until none touch."""
    for layer in layers:
        _apart(layer, [0.0] * len(layer))
    for _, layer in _sweeps(layers, 30):
        _apart(layer, [_mean_x(box) for box in layer])
    boxes = [box for layer in layers for box in layer]
    left = min(box.x - box.width / 2 for box in boxes)
    for box in boxes:
        box.x = round(box.x - left + BESIDE, 1)
    return max(box.x - box.width / 2 + box.reach for box in boxes) + BESIDE


def _mean_x(box: Box) -> float:
    if not box.near:
        return box.x
    return sum(other.x for other in box.near) / len(box.near)


def _apart(layer: list[Box], wanted: list[float]) -> None:
    """Boxes in their order, as near to the wanted places as they get without touching.

    Neighbours that would touch become one group, which stands where its members want it on average.
    """
    groups: list[tuple[list[Box], list[float], float]] = []
    for box, want in zip(layer, wanted, strict=True):
        boxes, offsets, start = [box], [0.0], want - box.width / 2
        while groups and groups[-1][2] + _length(groups[-1]) + BESIDE > start:
            before = groups.pop()
            shift, total = _length(before) + BESIDE, len(before[0]) + len(boxes)
            start = (before[2] * len(before[0]) + (start - shift) * len(boxes)) / total
            boxes, offsets = before[0] + boxes, before[1] + [shift + offset for offset in offsets]
        groups.append((boxes, offsets, start))
    for boxes, offsets, start in groups:
        for box, offset in zip(boxes, offsets, strict=True):
            box.x = start + offset + box.width / 2


def _length(group: tuple[list[Box], list[float], float]) -> float:
    return group[1][-1] + group[0][-1].reach


def _down(layers: list[list[Box]]) -> float:
    top = 20.0
    for layer in layers:
        height = max((box.height for box in layer), default=0)
        for box in layer:
            box.y, box.room = round(top + height / 2, 1), height
        if height:
            top += height + BETWEEN
    return top
