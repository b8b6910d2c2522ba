"""When a value that was read is the one that was sent, tidied up as servers do."""

from __future__ import annotations

import html
import math
import unicodedata
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation

from troth.contracts.check.comparing import instant, same
from troth.contracts.model import Json

LONGEST = 200
"""Items of a list that are compared in any order."""


def tidied(sent: Json, found: Json) -> bool:
    """Whether a server that stores what it is sent may show this: in other letters or spaces, in another
    order, rounded, in another zone or type."""
    if same(sent, found):
        return True
    if _is_nothing(sent):
        return _is_nothing(found)
    if isinstance(sent, list):
        return _as_set(sent, found)
    if isinstance(sent, Mapping):
        return _members(sent, found)
    if isinstance(found, (list, Mapping)):
        return False
    return any(alike(sent, found) for alike in (_same_letters, _same_number, _same_time))


def is_lost(sent: Json, found: Json) -> bool:
    """Whether nothing, or a part only, is left of what was sent."""
    lost = any((found is False, _is_nothing(found)))
    match sent, found:
        case bool(), _:
            pass
        case str(), str():  # nothing is a part of everything
            lost = sent.strip().startswith(found)
        case list(), list():
            lost = all([len(found) < len(sent), *(item in sent for item in found)])
        case Mapping(), Mapping():
            lost = any(_is_member_lost(sent[name], found.get(name)) for name in sent)
        case ((int() | float()), (int() | float())):
            lost = found == math.trunc(sent)
    return lost


def _is_member_lost(sent: Json, found: Json) -> bool:
    if tidied(sent, found):
        return False
    return is_lost(sent, found)


def _is_nothing(value: Json) -> bool:
    """Whether it says nothing: many servers take null, empty texts and empty lists for one another."""
    if isinstance(value, (str, list, Mapping)):
        return not value
    return value is None


def loosely_has(value: Json, wanted: Json) -> bool:
    """Whether a filter that reads texts loosely finds a value: in other letters, or as a part of it."""
    values: Sequence[Json] = value if isinstance(value, list) else [value]
    letters = _letters(wanted)
    return any(letters in _letters(one) for one in values)


def _as_set(sent: list[Json], found: Json) -> bool:
    """Whether two lists have the same items, in any order and however often."""
    if not isinstance(found, list):
        return False
    if max(len(sent), len(found)) > LONGEST:
        return False
    wanted = [item for item in sent if not _is_nothing(item)]
    if not all(any(tidied(one, other) for other in found) for one in wanted):
        return False
    return all(any(tidied(one, other) for one in sent) for other in found)


def _members(sent: Mapping[str, Json], found: Json) -> bool:
    if not isinstance(found, Mapping):
        return False
    return all(tidied(value, found.get(name)) for name, value in sent.items())


def _same_letters(sent: Json, found: Json) -> bool:
    if str not in (type(sent), type(found)):
        return False
    return _letters(sent) == _letters(found)


def _letters(value: Json) -> str:
    """The letters and digits of a text, without case, spaces, encodings and punctuation; all of one that has
    nothing else."""
    plain = unicodedata.normalize("NFKC", html.unescape(str(value))).casefold()
    plain = unicodedata.normalize("NFKC", plain)
    kept = "".join(sign for sign in plain if sign.isalnum())
    if kept:
        return kept
    return "".join(plain.split())


def _same_number(sent: Json, found: Json) -> bool:
    """Whether one is the other, rounded."""
    if bool in (type(sent), type(found)):
        return False
    try:
        one, other = Decimal(str(sent)), Decimal(str(found))
    except InvalidOperation:
        return False
    if not all((one.is_finite(), other.is_finite())):
        return False
    places = max(0, -int(other.normalize().as_tuple().exponent))  # of a finite number
    step = Decimal(1).scaleb(-places)
    off = abs(one - other)
    if places < 2:
        return off <= step / 2
    return off < step  # amounts of money are rounded down, too


def _same_time(sent: Json, found: Json) -> bool:
    """Whether both say the same second."""
    one, other = instant(sent), instant(found)
    if one is None:
        return False
    if other is None:
        return False
    return abs((one - other).total_seconds()) < 1
