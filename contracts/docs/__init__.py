"""Pages about an API, from its contract: sentences, matrices and state diagrams."""

from contracts.docs.html import html
from contracts.docs.pages import markdown

__all__ = ["html", "markdown"]
