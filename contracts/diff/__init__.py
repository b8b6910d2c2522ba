"""What differs between two versions of an API, in shapes and in behaviour, and what of it breaks clients."""

from troth.contracts.diff.changes import Change, compare

__all__ = ["Change", "compare"]
