"""A study as a page to read: what to take and why, all settings in a table, and those that were stopped early."""

from collections.abc import Iterator

from dispatch.radius.front import OBJECTIVES
from dispatch.radius.study import Outcome, Row
from dispatch.twin import Estimate

NOTHING = "\N{EN DASH}"
HEAD = ("setting", "days", "people", "orders a day", "on time", "cost an order", "gCO2e an order", "left a day", "")


def report(outcome: Outcome) -> str:
    """The outcome in Markdown."""
    return "\n".join(_lines(outcome)) + "\n"


def cells(row: Row, *, ends: bool = True) -> tuple[str, ...]:
    """A setting's figures as text, one for each of ``HEAD`` but the last; a dash where there is nothing to measure.

    Without ``ends``, just the share on time and what is left have their intervals, for a narrow table.
    """
    measures = row.measures
    return (
        row.label,
        str(row.seeds),
        f"{measures.people:,.0f}" if measures.people else NOTHING,
        f"{measures.orders_per_day.mean:,.0f}",
        _spread(measures.on_time_share, 100, 1, " %"),
        _spread(measures.cost_per_order, 1, 2, ends=ends),
        _spread(measures.gco2e_per_order, 1, 0, ends=ends),
        _spread(measures.contribution_per_day, 1, 0),
    )


def standing(row: Row, outcome: Outcome) -> str:
    """What became of a setting, in a word or two."""
    if outcome.recommendation is not None and row.setting == outcome.recommendation.setting:
        return "recommended"
    return "stopped early" if row.dropped else "no other beats it" if row.front else ""


def _lines(outcome: Outcome) -> Iterator[str]:
    yield f"# Radius and fleet of world {outcome.world}"
    yield ""
    if outcome.recommendation is None:
        yield "No order came in any setting, so there is nothing to choose."
    else:
        yield " ".join(outcome.recommendation.sentences)
    yield ""
    yield "![What each setting leaves after delivery, and its orders on time](chart.svg)"
    yield ""
    yield f"| {' | '.join(HEAD)} |"
    yield f"|{'---|' * len(HEAD)}"
    for row in outcome.rows:
        yield f"| {' | '.join((*cells(row), standing(row, outcome)))} |"
    yield ""
    yield (
        f"{outcome.runs} days were simulated with seeds common to all settings. Money is in {outcome.currency}; "
        "brackets hold the 95 % interval of the mean. An order's cost is riding, distance, lateness, carbon, idle "
        "hours and the drones' day, its grams transport and packaging, both per delivered order. "
        "What is left is the margin less that. "
        f"No other setting beats those marked so in all of: {OBJECTIVES}."
    )
    dropped = [row for row in outcome.rows if row.dropped]
    if dropped:
        yield ""
        yield "## Stopped early"
        yield ""
        yield (
            "These could clearly not win. The setting that is truly best is among them in at most "
            f"{outcome.error:.0%} of studies, as far as daily figures are normal."
        )
        yield ""
        for row in dropped:
            yield f"- {row.label}, after {row.seeds} days: {row.dropped}."


def _spread(each: Estimate | None, scale: float, digits: int, unit: str = "", *, ends: bool = True) -> str:
    """A mean, with its interval if there is one and it is wanted."""
    if each is None:
        return NOTHING
    said = f"{each.mean * scale:,.{digits}f}{unit}"
    if each.low is None or each.high is None or not ends:
        return said
    return f"{said} ({each.low * scale:,.{digits}f} to {each.high * scale:,.{digits}f})"
