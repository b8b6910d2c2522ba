"""Well-known names of fields, and what stands in them: made up, of nobody, under domains for examples.

Addresses, numbers and domains are those set aside for documentation (RFC 2606, RFC 5737, RFC 3849, 555-01xx),
so that nothing made here ever reaches a person or a machine. Libraries such as Faker make domains, telephone
numbers and bank accounts that may be somebody's, and other values with every release.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cached_property, lru_cache
from random import Random
from typing import TypeAlias

from troth.contracts.document.pointers import mapping
from troth.contracts.model import Json, Schema

_FIRST = ("Robin", "Mira", "Jona", "Alex", "Lena", "Sam", "Noa", "Tomas", "Kim", "Elif", "Ravi", "Yuki")
_LAST = ("Ashdown", "Birkholm", "Calderwood", "Dunmere", "Eastlake", "Fernhill", "Greyling", "Hollowell",
         "Ivarsby", "Juniper", "Kestrelli", "Lindmark")  # fmt: skip
_PLACES = (("Lisbon", "Portugal", "PT", "Lisboa", "1100-148", "Europe/Lisbon", 38.72, -9.14),
           ("Oslo", "Norway", "NO", "Oslo", "0150", "Europe/Oslo", 59.91, 10.75),
           ("Toronto", "Canada", "CA", "Ontario", "M5H 2N2", "America/Toronto", 43.65, -79.38),
           ("Denver", "United States", "US", "Colorado", "80202", "America/Denver", 39.74, -104.99),
           ("Vienna", "Austria", "AT", "Wien", "1010", "Europe/Vienna", 48.21, 16.37),
           ("Osaka", "Japan", "JP", "Osaka", "530-0001", "Asia/Tokyo", 34.69, 135.5))  # fmt: skip
_THINGS = (
    "Lantern",
    "Harbour",
    "Meadow",
    "Compass",
    "Orchard",
    "Granite",
    "Willow",
    "Beacon",
    "Copper",
    "Juniper",
)
_KINDS = ("Quiet", "Bright", "Northern", "Little", "Amber", "Second", "Open", "Early", "Blue", "Steady")
_LOCALES = ("en-GB", "pt-PT", "nb-NO", "en-CA", "de-AT", "ja-JP")
_CURRENCIES = ("EUR", "USD", "GBP", "CAD", "NOK")
_SENTENCES = (
    "Ready to be looked at by the team.",
    "Replaces the one from last spring.",
    "Small, sturdy, and easy to carry.",
    "Made for the second quarter.",
    "Please handle with care.",
)
_START = datetime(2026, 1, 5, 9, tzinfo=UTC)


class Told:
    """What one record tells: its values belong together (a name and its address, a city and its country)."""

    def __init__(self, random: Random) -> None:
        self.random = random

    @cached_property
    def first(self) -> str:
        return self.random.choice(_FIRST)

    @cached_property
    def last(self) -> str:
        return self.random.choice(_LAST)

    @cached_property
    def user(self) -> str:
        return f"{self.first}.{self.last}".lower()

    @cached_property
    def place(self) -> tuple[str, str, str, str, str, str, float, float]:
        return self.random.choice(_PLACES)

    @cached_property
    def title(self) -> str:
        return f"{self.random.choice(_KINDS)} {self.random.choice(_THINGS)}"

    @cached_property
    def slug(self) -> str:
        return self.title.lower().replace(" ", "-")

    @cached_property
    def made(self) -> datetime:
        return _START + timedelta(minutes=self.random.randrange(40 * 24 * 60))

    @cached_property
    def changed(self) -> datetime:
        return self.made + timedelta(minutes=self.random.randrange(1, 9 * 24 * 60))

    def renew(self) -> None:
        """From now on other words; who it is, where and when stays."""
        for name in ("title", "slug"):
            self.__dict__.pop(name, None)

    @property
    def unique(self) -> str:
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    def hexadecimal(self, length: int) -> str:
        return "".join(self.random.choice("0123456789abcdef") for _ in range(length))

    @property
    def price(self) -> float:
        return self.random.randrange(4, 200) + self.random.choice((0.0, 0.5, 0.9, 0.99))


Maker: TypeAlias = Callable[[Told], Json]

_NAMES: tuple[tuple[str, Maker], ...] = (
    (r"e?mail(_?address)?", lambda t: f"{t.user}@example.com"),
    (r"(first|given|fore)_?name", lambda t: t.first),
    (r"(last|family|sur)_?name|surname", lambda t: t.last),
    (r"(user|login|nick|screen)_?name|login|handle", lambda t: t.user),
    (r"(full|display|real|contact|customer|author|owner|holder)_?name", lambda t: f"{t.first} {t.last}"),
    (r"(company|organi[sz]ation|business|brand|vendor|merchant)(_?name)?", lambda t: f"{t.title} Ltd"),
    (r"city|town|locality", lambda t: t.place[0]),
    (r"country_?(code|iso\w*)", lambda t: t.place[2]),
    (r"country(_?name)?", lambda t: t.place[1]),
    (r"state_?or_?province|province|region", lambda t: t.place[3]),
    (r"(postal|zip|post)_?code|zip", lambda t: t.place[4]),
    (r"(time_?zone|tz)(_?name)?", lambda t: t.place[5]),
    (r"lat|latitude", lambda t: t.place[6]),
    (r"lng|lon|long|longitude", lambda t: t.place[7]),
    (r"(street|address)(_?(line|name))?_?1?", lambda t: f"{t.random.randrange(1, 90)} {t.title} Street"),
    (r"(address_?)?line_?2|suite|apartment", lambda t: f"Floor {t.random.randrange(1, 9)}"),
    (r"(tele)?(phone|fax|mobile)(_?(number|no))?", lambda t: f"+1-202-555-01{t.random.randrange(100):02d}"),
    (r"(avatar|image|photo|picture|logo|icon|thumbnail)(_?(url|uri|link|src))?",
     lambda t: f"https://example.com/images/{t.slug}.png"),
    (r"url|uri|href|link|website|web_?site|home_?page|permalink", lambda t: f"https://example.com/{t.slug}"),
    (r"domain(_?name)?|host(_?name)?", lambda t: f"{t.slug}.example"),
    (r"ip(v4)?(_?address)?", lambda t: f"192.0.2.{t.random.randrange(1, 255)}"),
    (r"ipv6(_?address)?", lambda t: f"2001:db8::{t.random.randrange(1, 9999):x}"),
    (r"mac(_?address)?", lambda t: "00:00:5e:00:53:" + t.hexadecimal(2)),
    (r"user_?agent", lambda t: "Mozilla/5.0 (compatible; Example/1.0)"),
    (r"currency(_?(code|iso))?", lambda t: t.random.choice(_CURRENCIES)),
    (r"iban", lambda t: "GB33BUKB20201555555555"),
    (r"bic|swift(_?code)?", lambda t: "BUKBGB22XXX"),
    (r"last_?4|last_?four", lambda t: "4242"),
    (r"price|amount|total|sub_?total|cost|fee|balance", lambda t: t.price),
    (r"quantity|qty|count|size|stock|position|rank|order|level", lambda t: t.random.randrange(1, 20)),
    (r"age", lambda t: t.random.randrange(18, 80)),
    (r"year", lambda t: t.made.year),
    (r"percent(age)?|progress|score|rating", lambda t: t.random.randrange(1, 6)),
    (r"duration|width|height|length|weight", lambda t: t.random.randrange(10, 500)),
    (r"colou?r", lambda t: "#" + t.hexadecimal(6)),
    (r"(\w+_)?(token|secret|jwt|api_?key)", lambda t: t.hexadecimal(32)),
    (r"locale", lambda t: t.random.choice(_LOCALES)),
    (r"lang(uage)?(_?code)?", lambda t: t.random.choice(_LOCALES)[:2]),
    (r"gender|sex", lambda t: "unspecified"),
    (r"slug|permalink_?id", lambda t: t.slug),
    (r"uu?id|guid", lambda t: t.unique),
    (r"sku|ean|barcode|serial(_?number)?|reference", lambda t: f"EX-{t.random.randrange(10**5):05d}"),
    (r"version", lambda t: f"1.{t.random.randrange(9)}.{t.random.randrange(9)}"),
    (r"mime_?type|content_?type|media_?type", lambda t: "text/plain"),
    (r"file_?name", lambda t: f"{t.slug}.txt"),
    (r"(sha\d*|md5|hash|digest|checksum|etag|fingerprint)", lambda t: t.hexadecimal(32)),
    (r"date|day|birth_?da(y|te)|date_?of_?birth|due_?date", lambda t: t.made.date().isoformat()),
    (r"(title|subject|headline|label|caption|name|\w+_name)", lambda t: t.title),
    (r"(description|summary|about|bio|note|notes|comment|comments|details|body|content|text|message)",
     lambda t: t.random.choice(_SENTENCES)),
)  # fmt: skip
_CHANGED = re.compile(
    r"(updated|modified|changed)_?(at|on|date|time)?|(update|modify)_?(time|date)|date_?updated"
    r"|last_(\w+_)?(at|on|date|time|timestamp)"
    r"|last_(updated|modified|changed|edited|seen|used|viewed|visited|accessed|synced|checked|login|logged_in"
    r"|sign_?in|active|activity|run|sync|visit|access|update|modification|refresh(ed)?)"
)
_WHEN = re.compile(r"\w+_(at|on|time|date|timestamp|datetime)|created|timestamp|date_?created|creation_?\w+")
_COUNT = re.compile(
    r"(\w+_)?counts?|num(ber)?_of_\w+|n_\w+|likes|views|votes|followers|following|uses|downloads"
)
_FINE = re.compile(r"(is_?)?(ok|success(ful)?|succeeded|valid)")
_WRONG = re.compile(r"(is_?|has_?)?(errors?|failed|failure|fault)")
_TROUBLE = re.compile(
    r"(errors?|failures?|faults?|exceptions?|warnings?)(_?(message|code|text|description|details?|type)s?)?"
)
_COMPILED = tuple((re.compile(pattern), maker) for pattern, maker in _NAMES)


def stamped(told: Told, name: str) -> datetime | None:
    """The point in time that a field of this name tells; None where it tells none."""
    plain = _plain(name)
    if _CHANGED.fullmatch(plain):
        return told.changed
    return told.made if _WHEN.fullmatch(plain) else None


def tells_time(name: str) -> bool:
    """Whether a field of this name is a point in time."""
    plain = _plain(name)
    return _CHANGED.fullmatch(plain) is not None or _WHEN.fullmatch(plain) is not None


def tells_count(name: str) -> bool:
    """Whether a field of this name says how many there are of something, or how often it was used."""
    return _COUNT.fullmatch(_plain(name)) is not None


def is_fine(name: str) -> bool | None:
    """What a flag of this name says where nothing is wrong; None where it says something else."""
    plain = _plain(name)
    if _FINE.fullmatch(plain):
        return True
    return False if _WRONG.fullmatch(plain) else None


def tells_trouble(name: str) -> bool:
    """Whether a member of this name says what went wrong."""
    return _TROUBLE.fullmatch(_plain(name)) is not None


def tells_change(name: str) -> bool:
    """Whether a field of this name tells when something was changed last."""
    return _CHANGED.fullmatch(_plain(name)) is not None


@lru_cache(maxsize=4096)
def known(name: str) -> Maker | None:
    """What makes values for a field of this name; for ``billing_city`` what makes those of ``city``."""
    parts = _plain(name).split("_")
    for start in range(min(len(parts), 3)):
        plain = "_".join(parts[start:])
        found = next((maker for pattern, maker in _COMPILED if pattern.fullmatch(plain)), None)
        if found:
            return found
    return None


def kind_told(schema: Schema) -> dict[str, str]:
    """``kind`` and ``apiVersion`` of a Kubernetes object, which an extension of its schema tells."""
    kinds = schema.get("x-kubernetes-group-version-kind")
    if not isinstance(kinds, list) or len(kinds) != 1 or not isinstance(kinds[0], Mapping):
        return {}
    told = kinds[0]
    version = f"{told.get('group', '')}/{told.get('version', '')}".strip("/")
    found = {"kind": str(told.get("kind", "")), "apiVersion": version}
    return {name: value for name, value in found.items() if value and name in mapping(schema, "properties")}


def _plain(name: str) -> str:
    """``firstName``, ``First-Name`` and ``first_name`` are one."""
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return re.sub(r"\W+", "_", apart).strip("_").lower()


def singular(name: str) -> str:
    """What one of some things is called."""
    if name.endswith("ies"):
        return f"{name[:-3]}y"
    if name.endswith(("sses", "xes", "ches", "shes")):
        return name[:-2]
    if name.endswith(("ss", "us", "is", "as")):
        return name
    return name.removesuffix("s")
