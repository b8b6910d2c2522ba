"""One module a format; each a function of the same report."""
