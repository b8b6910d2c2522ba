"""One module a format, named ``<command>_<format>``; ``formats`` finds them."""
