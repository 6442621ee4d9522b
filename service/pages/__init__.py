"""The pages, for people rather than machines: dispatch board, plans, radius studio, carbon report.

A page is a template in two languages, a handful of plain ES modules, and vendored MapLibre GL, uPlot and htmx. It asks
the API of its own origin for everything and nobody else for anything.
"""

from service.pages import login, studies
from service.pages.router import STATIC_DIR, router, static_files

__all__ = ["STATIC_DIR", "login", "router", "static_files", "studies"]
