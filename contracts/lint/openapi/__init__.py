"""The well-known rules about OpenAPI documents, one module each; the folder is the catalogue.

A module has one function ``check(node)`` that yields problems, and one ``RULE`` that says all that there is to
say: names, severity, what it means and why, an example that it finds and one that it does not.
"""
