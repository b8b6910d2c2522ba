"""What opens a target, kept out of all that is told: a target may echo it."""

from __future__ import annotations

import json
from urllib.parse import quote, quote_plus

SHORTEST = 6
"""Characters of the shortest text that counts: a shorter one stands in too many answers by chance."""


REDACTED = "<redacted>"


class Secrets:
    """Texts that must not be told, as they become known, each with what is shown in its place."""

    def __init__(self) -> None:
        self._shown: dict[str, str] = {}

    def keep(self, secret: str | None, shown: str) -> None:
        """Never tell a text, nor as it stands in JSON or in a URL."""
        if secret is None or len(secret) < SHORTEST:
            return
        in_json, in_query = json.dumps(secret)[1:-1], quote_plus(secret)
        for form in (secret, in_json, quote(secret), quote(secret, safe=""), in_query):
            self._shown.setdefault(form, shown)

    def hide(self, text: str) -> str:
        """A text without what must not be told."""
        for secret in sorted(self._shown, key=len, reverse=True):
            text = text.replace(secret, self._shown[secret])
        return text
