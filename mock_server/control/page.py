"""What a browser gets at ``/__mock/``: a page that shows records and calls, and changes nothing."""

from __future__ import annotations

import re
from base64 import b64encode
from functools import cache
from hashlib import sha256
from pathlib import Path

from troth.contracts.document.media_types import acceptable
from troth.mock_server.wire import Request, Response

_SCRIPT = re.compile(r"<script>(.*)</script>", re.DOTALL)


def wants_page(request: Request) -> bool:
    """Whether a client would rather have a page than JSON, as browsers do that are led here."""
    liked = acceptable(("application/json", "text/html"), request.headers.get("accept", ""))
    return liked[:1] == ["text/html"]


@cache
def page() -> Response:
    """The page; its script may call this server only, and no other script runs in it."""
    text = Path(__file__).with_name("page.html").read_text("utf-8")
    (script,) = _SCRIPT.findall(text)
    allowed = b64encode(sha256(script.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{allowed}'; connect-src 'self'"
    )
    headers = {
        "Content-Type": "text/html; charset=utf-8",
        "Cache-Control": "no-store",
        "Content-Security-Policy": f"{policy}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(200, headers, text.encode())
