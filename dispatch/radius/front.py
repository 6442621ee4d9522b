"""The settings of which none is worse in everything: on time, cost, grams, contribution and reach."""

from collections.abc import Mapping

import numpy as np

from dispatch.frontier import non_dominated
from dispatch.radius.measures import Measures
from dispatch.radius.setting import Setting

OBJECTIVES = "on-time share up, cost per order down, grams per order down, contribution up, people or orders reached up"


def front(measured: Mapping[Setting, Measures]) -> frozenset[Setting]:
    """The settings that no other beats or equals in all five objectives while beating it in one, by their means.

    Reach is people where the world says where they live, else orders a day. A setting without an order to measure is
    none of them.
    """
    known = {setting: each for setting, each in measured.items() if each.cost_per_order is not None}
    if not known:
        return frozenset()
    by_people = any(each.people > 0 for each in known.values())
    values = np.array([_values(each, by_people) for each in known.values()], dtype=np.float64)
    return frozenset(setting for setting, kept in zip(known, non_dominated(values), strict=True) if kept)


def _values(each: Measures, by_people: bool) -> tuple[float, ...]:
    """The objectives, each the better the smaller."""
    assert each.on_time_share is not None
    assert each.cost_per_order is not None
    assert each.gco2e_per_order is not None
    return (
        -each.on_time_share.mean,
        each.cost_per_order.mean,
        each.gco2e_per_order.mean,
        -each.contribution_per_day.mean,
        -(each.people if by_people else each.orders_per_day.mean),
    )
