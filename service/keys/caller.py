"""Who calls: the key behind a request, what it may do and which stores it sees."""

from collections.abc import Iterable
from dataclasses import dataclass

from service.keys.scopes import Scope

CALLER = "swiftleaf.caller"
"""Where a request's scope keeps who sent it, once that was found out."""


@dataclass(frozen=True, slots=True)
class Caller:
    """The key behind a request.

    Attributes:
        key_id: The public part of the key; fit for logs.
        scopes: What it may do.
        stores: Ids of the stores it is bound to; None is all of them.
        session: Id of the browser's session that names the key; None if the request itself does.
    """

    key_id: str
    scopes: frozenset[Scope]
    stores: frozenset[str] | None = None
    session: str | None = None

    @property
    def by_cookie(self) -> bool:
        """Whether a browser's session names the key."""
        return self.session is not None

    def may(self, scope: Scope) -> bool:
        """Whether the key has the scope, or ``admin``, which implies it."""
        return scope in self.scopes or Scope.ADMIN in self.scopes

    def sees(self, store: str) -> bool:
        """Whether the store is one of the key's."""
        return self.stores is None or store in self.stores

    def sees_all(self, stores: Iterable[str]) -> bool:
        """Whether every one of ``stores`` is the key's; what stores share, a fleet or a plan, takes them all."""
        return all(self.sees(store) for store in stores)


ANYONE = Caller(key_id="anyone", scopes=frozenset({Scope.ADMIN}))
"""Who calls when ``SWIFTLEAF_AUTH`` is ``off``."""
