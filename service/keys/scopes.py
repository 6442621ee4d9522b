"""What a key may do."""

from enum import StrEnum


class Scope(StrEnum):
    """A permission of a key; every route needs one, and ``admin`` implies them all.

    Attributes:
        PLANS_WRITE: plan, quote and check.
        PLANS_READ: read stored plans.
        EVENTS_WRITE: tell a store's events.
        LIVE_READ: read live plans, decisions and their stream.
        LIVE_WRITE: set fleets up, pin, override, webhooks.
        OPS_READ: read maps, areas, studies and figures of the service; a what-if takes carbon:read too.
        OPS_WRITE: start studies, bring maps.
        CARBON_READ: read footprints, labels, reports and carbon points.
        CARBON_WRITE: give carbon points and take them back; book what was ridden in the ledger.
        PERSONAL_READ: beside live:read, see the person behind an order unmasked.
        PERSONAL_WRITE: tell and erase the person behind an order.
        ADMIN: everything, keys included.
    """

    PLANS_WRITE = "plans:write"
    PLANS_READ = "plans:read"
    EVENTS_WRITE = "events:write"
    LIVE_READ = "live:read"
    LIVE_WRITE = "live:write"
    OPS_READ = "ops:read"
    OPS_WRITE = "ops:write"
    CARBON_READ = "carbon:read"
    CARBON_WRITE = "carbon:write"
    PERSONAL_READ = "personal:read"
    PERSONAL_WRITE = "personal:write"
    ADMIN = "admin"
