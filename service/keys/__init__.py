"""API keys: what they are, what they may do, and the register of them. Nothing here knows HTTP or a plan."""

from service.keys.caller import ANYONE, Caller
from service.keys.scopes import Scope

__all__ = ["ANYONE", "Caller", "Scope"]
