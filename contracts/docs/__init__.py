"""Pages about an API, from its contract: sentences, matrices and state diagrams."""

from troth.contracts.docs.html import html
from troth.contracts.docs.pages import markdown

__all__ = ["html", "markdown"]
