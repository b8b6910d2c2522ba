"""A state machine as SVG: one file without scripts or links, for light and dark pages."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from html import escape

from troth.contracts.docs.graph import START, Edge, Graph
from troth.contracts.docs.layout import LINE, Box, Layout, Route, place

_STYLE = """
.sd{--ink:#1f2933;--line:#52606d;--box:#eef4ff;--rim:#3b6fd4;--page:#ffffff;--auto:#a8530a}
@media (prefers-color-scheme:dark){
.sd{--ink:#e6edf3;--line:#9aa7b4;--box:#172a45;--rim:#6ea8fe;--page:#12161c;--auto:#f0a35e}}
.sd text{font:12px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:var(--ink)}
.sd .name{font-weight:600;text-anchor:middle}
.sd .state rect{fill:var(--box);stroke:var(--rim);stroke-width:1.5}
.sd .rim{fill:none}
.sd .label rect{fill:var(--page);opacity:.94}
.sd .edge{fill:none;stroke:var(--line);stroke-width:1.4}
.sd .head,.sd .start{fill:var(--line);stroke:none}
.sd .auto .edge{stroke:var(--auto);stroke-dasharray:5 4}
.sd .auto .head{fill:var(--auto)}
"""


def svg(graph: Graph) -> str:
    """The picture; its text is the names of states and what moves between them."""
    layout = place(graph)
    width, height = round(layout.width), round(layout.height)
    title = f"States of {graph.name}: {', '.join(graph.states)}"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="sd" role="img" aria-label="{escape(title)}" '
        f'viewBox="0 0 {width} {height}" width="{width}" height="{height}">',
        f"<title>{escape(title)}</title><style>{_STYLE}</style>",
        *(_line(route, layout) for route in layout.routes),
        *(_loop(box, graph) for box in layout.boxes if box.loop),
        *(_drawn(box, graph) for box in layout.boxes),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _drawn(box: Box, graph: Graph) -> str:
    if box.state == START:
        return f'<circle class="start" cx="{box.x:g}" cy="{box.y:g}" r="8"/>'
    if box.state is not None:
        return _state(box, final=box.state in graph.final)
    if not box.lines:
        return ""
    return _label(box.lines, box.x - box.width / 2, box.y - box.height / 2, box.width)


def _state(box: Box, *, final: bool) -> str:
    x, y, height = box.x - box.width / 2, box.y - 17, 34
    rects = f'<rect x="{x:g}" y="{y:g}" width="{box.width:g}" height="{height}" rx="9"/>'
    kind = "state"
    if final:  # a second rim marks that nothing leads on
        inside = f'width="{box.width - 8:g}" height="{height - 8}" rx="6"'
        kind = "state final"
        rects += f'<rect class="rim" x="{x + 4:g}" y="{y + 4:g}" {inside}/>'
    name = f'<text class="name" x="{box.x:g}" y="{box.y + 4:g}">{escape(box.state or "")}</text>'
    return f'<g class="{kind}">{rects}{name}</g>'


def _label(lines: tuple[str, ...], x: float, y: float, width: float) -> str:
    height = len(lines) * LINE + 6
    texts = "".join(
        f'<text x="{x + 5 + 7.25 * (len(line) - len(line.lstrip())):g}" y="{y + 14 + i * LINE:g}">'
        f"{escape(line.strip())}</text>"
        for i, line in enumerate(lines)
    )
    return f'<g class="label"><rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height}"/>{texts}</g>'


def _loop(box: Box, graph: Graph) -> str:
    """An arrow from a state's right side back to it, its label right of it."""
    edge = next(e for e in graph.edges if e.source == e.target == box.state)
    x, y = box.x + box.width / 2, box.y
    path = f"M{x:g} {y - 9:g}C{x + 34:g} {y - 22:g} {x + 34:g} {y + 22:g} {x + 7:g} {y + 9:g}"
    head = _head(x, y + 8, -1, 0.25)
    width = max(map(len, box.loop)) * 7.25 + 10
    label = _label(box.loop, x + 34, y - len(box.loop) * LINE / 2 - 3, width)
    return f'<g class="{_kind(edge)}"><path class="edge" d="{path}"/>{head}</g>{label}'


def _kind(edge: Edge) -> str:
    return "auto" if edge.automatic else "move"


def _line(route: Route, layout: Layout) -> str:
    """A smooth line through the lanes, with a head where it ends."""
    points = list(_points(route, layout))
    path = "M{:g} {:g}".format(*points[0])
    for (ax, ay), (bx, by) in itertools.pairwise(points):
        if ax == bx:
            path += f"L{bx:g} {by:g}"
        else:
            middle = round((ay + by) / 2, 1)
            path += f"C{ax:g} {middle:g} {bx:g} {middle:g} {bx:g} {by:g}"
    down = _sign(route.boxes[-2].row < route.boxes[-1].row)
    x, y = points[-1]
    head = _head(x, y + 7 * down, 0, down)
    return f'<g class="{_kind(route.edge)}"><path class="edge" d="{path}"/>{head}</g>'


def _points(route: Route, layout: Layout) -> Iterator[tuple[float, float]]:
    """From the side of the source that faces the first lane to the side of the target that faces the last."""
    first, *lanes, last = route.boxes
    out = _sign(lanes[0].row > first.row)  # 1: downwards
    on = _sign(lanes[-1].row < last.row)
    half = first.height / 2 if first.state == START else 17
    x = _port(route, first, layout, out == 1)
    yield x, round(first.y + out * half, 1)
    yield x, round(first.y + out * first.room / 2, 1)
    for lane in lanes:
        yield lane.x, round(lane.y - out * lane.room / 2, 1)
        yield lane.x, round(lane.y + on * lane.room / 2, 1)  # in one row: there and back
    x = _port(route, last, layout, on == -1)
    edge, tip = max(last.room / 2, 24), 24  # the head takes the last bit
    yield x, round(last.y - on * edge, 1)
    yield x, round(last.y - on * tip, 1)


def _sign(positive: bool) -> int:
    return 1 if positive else -1


def _port(route: Route, box: Box, layout: Layout, below: bool) -> float:
    """The ends on one side of a state stand in the order of where they come from."""
    ends = []
    for other in layout.routes:
        pairs = ((other.boxes[0], other.boxes[1]), (other.boxes[-1], other.boxes[-2]))
        ends += [
            (lane.x, other is route) for end, lane in pairs if end is box and (lane.row > box.row) is below
        ]
    ends.sort(key=lambda end: end[0])
    at = next(i for i, (_, own) in enumerate(ends) if own)
    room = max(box.width - 24, 0)
    return round(box.x + room * ((at + 1) / (len(ends) + 1) - 0.5), 1)


def _head(x: float, y: float, dx: float, dy: float) -> str:
    """An arrow head whose tip is at a point."""
    back = (x - dx * 8, y - dy * 8)
    side = (dy * 4.5, -dx * 4.5)
    corners = [(x, y), (back[0] + side[0], back[1] + side[1]), (back[0] - side[0], back[1] - side[1])]
    return (
        '<path class="head" d="M' + "L".join(f"{round(a, 1):g} {round(b, 1):g}" for a, b in corners) + 'Z"/>'
    )
