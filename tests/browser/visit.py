"""One visit to the page, with a record of all it asked for and complained of."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import ConsoleMessage, Page

DESKTOP, PHONE = (1440, 900), (390, 844)
WAIT_S = 30.0


@dataclass
class Visit:
    """One page in a fresh browser, and what it did."""

    page: Page
    server: str
    asked: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def until(self, script: str, text: str) -> Any:
        """Wait for ``script`` to give something true.

        Playwright's own waiting evaluates strings inside the page, which the page's security policy forbids.
        """
        deadline = time.monotonic() + WAIT_S
        while time.monotonic() < deadline:
            if found := self.page.evaluate(script):
                return found
            self.page.wait_for_timeout(100)
        raise AssertionError(f"{text}: not within {WAIT_S:g} s; errors so far: {self.errors}")

    def painted(self, layer: str) -> list[dict[str, Any]]:
        """Properties of the features that the map shows in a layer right now."""
        script = (
            "(layer) => map.planMap.library.queryRenderedFeatures({layers: [layer]}).map(({properties}) => properties)"
        )
        found: list[dict[str, Any]] = self.page.evaluate(script, layer)
        return found

    def until_painted(self, layer: str) -> list[dict[str, Any]]:
        """The same, once there are any and the map has come to rest."""
        wanted = json.dumps([layer])
        script = (
            f"map.planMap?.library.loaded() && map.planMap.library.queryRenderedFeatures({{layers: {wanted}}}).length"
        )
        self.until(script, f"nothing painted in layer {layer!r}")
        return self.painted(layer)

    def note(self, message: ConsoleMessage) -> None:
        """Keep what the browser's console calls an error.

        The browser also reports a 503, by which a server with all hands full says when to come again; the page does.
        """
        if message.type == "error" and " 503 " not in message.text:
            self.errors.append(f"{message.text} ({message.location.get('url')})")

    def hosts(self) -> set[str]:
        """Every host that was asked for anything."""
        return {urlsplit(url).netloc for url in self.asked if not url.startswith(("data:", "blob:"))}

    def violations(self) -> list[str]:
        """What the content security policy refused."""
        found: list[str] = self.page.evaluate("violations")
        return found


Open = Callable[..., Visit]
"""Opens a page: ``visit(server, size, path="/plans", scheme="dark", locale="zh-CN")``."""
