"""The page at ``/``: one map of a plan, its orders and their grams, for people rather than machines.

The page is a template, a handful of plain ES modules and a vendored MapLibre GL. It asks the API of its own origin for
everything and nobody else for anything.
"""

from service.pages import login
from service.pages.router import STATIC_DIR, router, static_files

__all__ = ["STATIC_DIR", "login", "router", "static_files"]
