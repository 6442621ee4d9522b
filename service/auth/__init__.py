"""Who may do what: API keys with scopes, bound to stores; page sessions; rate limits; answers kept for retries."""

from service.auth.guard import (
    LOGGED_IN,
    OF_ALL_STORES,
    CallerOf,
    LogInFirst,
    demand,
    needs,
    no_store,
    own_stores,
    see_store,
)
from service.auth.identify import identify
from service.keys.caller import ANYONE, Caller
from service.keys.scopes import Scope

__all__ = [
    "ANYONE",
    "LOGGED_IN",
    "OF_ALL_STORES",
    "Caller",
    "CallerOf",
    "LogInFirst",
    "Scope",
    "demand",
    "identify",
    "needs",
    "no_store",
    "own_stores",
    "see_store",
]
