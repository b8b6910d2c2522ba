"""The well-known rules about OpenAPI documents, one module each; the folder is the catalogue.

A module has a function ``check(node)`` that yields problems, and ``RULE``, which says all there is to say:
names, severity, what it means and why, an example that it finds and one that it does not.
"""
