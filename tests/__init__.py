"""A package, so that no folder of it is taken for a module of the same name (`packaging`, `docs`)."""
