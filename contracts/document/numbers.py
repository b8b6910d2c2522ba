"""Numbers within the bounds, steps and formats of a schema."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from troth.contracts.document.views import range_of
from troth.contracts.model import Schema


def bounded_integer(schema: Schema, value: float) -> int:
    """The nearest whole number that a schema takes."""
    if isinstance(value, float):
        value = _whole(value)
    return int(bounded(schema, value, _number(schema.get("multipleOf")) or 1))


def bounded(schema: Schema, value: float, step: float | None) -> float:
    """The nearest number that a schema takes; a multiple of the step, if there is one."""
    low, high = _bounds(schema, step or 0.5)
    if high is not None:
        value = min(value, high)
    if low is not None:
        value = max(value, low)
    if not step or step < 0:
        return value
    return _on_step(value, step, low)


def _whole(value: float) -> int:
    """An amount of money in cents, a degree without its fraction."""
    if abs(value) > 180:
        return round(value * 100)
    return int(value)


def _on_step(value: float, step: float, low: float | None) -> float:
    """The next multiple below a value, above it where that is too low; the value itself where it is one."""
    exact, unit = _exact(value), _exact(step)
    excess = exact % unit
    if not excess:
        return value
    below = exact - excess
    if excess < 0:
        below -= unit
    if low is not None and below < _exact(low):
        below += unit
    if isinstance(value, int) and isinstance(step, int):
        return int(below)
    return float(below)


def _exact(value: float) -> Fraction:
    """A number as it is written, however large or small it is."""
    if isinstance(value, int):
        return Fraction(value)
    return Fraction(Decimal(str(value)))


def _bounds(schema: Schema, unit: float) -> tuple[float | None, float | None]:
    """The least and the greatest value; what is excluded is a unit away."""
    low, high = _number(schema.get("minimum")), _number(schema.get("maximum"))
    above, below = _number(schema.get("exclusiveMinimum")), _number(schema.get("exclusiveMaximum"))
    if above is not None:
        above += unit
        low = above if low is None else max(above, low)
    if below is not None:
        below -= unit
        high = below if high is None else min(below, high)
    least, most = range_of(schema)
    if least is not None and most is not None:
        low = least if low is None else max(least, low)
        high = most if high is None else min(most, high)
    return low, high


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return value
