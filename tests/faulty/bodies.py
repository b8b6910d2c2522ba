"""Reading request bodies by hand: strict JSON types, and a refusal for everything else."""

import json
import math
import re
from collections.abc import Callable
from typing import Any, NoReturn

Json = dict[str, Any]
Check = Callable[[Any], Any]


class Refused(Exception):
    """A call that is answered with an error; `about` names the field that is to blame."""

    def __init__(self, status: int, message: str, about: str = "", retry_after: int = 0) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.about = about
        self.retry_after = retry_after


def invalid(about: str, problem: str) -> NoReturn:
    """Refuse the body because of one field."""
    raise Refused(400, f"{about} {problem}", about)


def parse(raw: bytes) -> Json:
    """Read a JSON object."""
    try:
        body = json.loads(raw, parse_constant=_no_constant, parse_float=_finite)
    except (ValueError, RecursionError):
        raise Refused(400, "The body is not valid JSON", "body") from None
    if not isinstance(body, dict):
        raise Refused(400, "The body must be a JSON object", "body")
    return body


def _no_constant(word: str) -> NoReturn:
    raise ValueError(word)


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError(digits)
    return number


def text(about: str, value: Any, least: int = 0, most: int | None = None) -> str:
    """Accept a string of a length between the two bounds."""
    if not isinstance(value, str):
        invalid(about, "must be a string")
    if len(value) < least or (most is not None and len(value) > most):
        invalid(about, f"must have {least} to {most or 'any number of'} characters")
    return value


def matching(about: str, value: Any, pattern: re.Pattern[str]) -> str:
    """Accept a string of a given form."""
    if not isinstance(value, str) or not pattern.fullmatch(value):
        invalid(about, "has the wrong form")
    return value


def choice(about: str, value: Any, choices: tuple[str, ...]) -> str:
    """Accept one of the given words."""
    if not isinstance(value, str) or value not in choices:
        invalid(about, f"must be one of {', '.join(choices)}")
    return value


def whole(about: str, value: Any, least: int | None = None, most: int | None = None) -> int:
    """Accept an integer (5.0 is one, true and "5" are not) between the two bounds."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        invalid(about, "must be an integer")
    if (least is not None and value < least) or (most is not None and value > most):
        invalid(about, f"must lie between {least} and {most}")
    return value


def truth(about: str, value: Any) -> bool:
    """Accept true or false."""
    if not isinstance(value, bool):
        invalid(about, "must be a boolean")
    return value


def record(about: str, value: Any) -> Json:
    """Accept an object."""
    if not isinstance(value, dict):
        invalid(about, "must be an object")
    return value


def array(about: str, value: Any, most: int | None = None) -> list[Any]:
    """Accept an array that is not too long."""
    if not isinstance(value, list):
        invalid(about, "must be an array")
    if most is not None and len(value) > most:
        invalid(about, f"must have at most {most} entries")
    return value


def checked(body: Json, checks: dict[str, Check]) -> Json:
    """Check each known field that is present, and leave out the unknown ones."""
    return {field: check(body[field]) for field, check in checks.items() if field in body}


def require(body: Json, *fields: str) -> None:
    """Refuse a body that lacks a required field."""
    for field in fields:
        if field not in body:
            invalid(field, "is required")
