"""A study as a page to read: what to take and why, all settings in a table, and those that were stopped early."""

from collections.abc import Iterator

from carbon.counted import counted
from dispatch.radius.front import OBJECTIVES
from dispatch.radius.study import Outcome, Row
from dispatch.twin import Estimate

NOTHING = "\N{EN DASH}"
HEAD = ("setting", "people", "orders a day", "on time", "cost an order", "gCO2e an order", "left a day", "")
SHORT_HEAD = ("setting", "people", "orders\na day", "on time, %", "cost\neach", "gCO2e\neach", "left a day", "")


def report(outcome: Outcome) -> str:
    """The outcome in Markdown."""
    return "\n".join(_lines(outcome)) + "\n"


def _cells(row: Row) -> tuple[str, ...]:
    """A setting's figures as text, one for each of ``HEAD`` but the last; a dash where there is nothing to measure."""
    measures = row.measures
    return (
        *_reach(row),
        _within(measures.on_time_share, 1, " %", 100),
        _within(measures.cost_per_order, 2),
        _within(measures.gco2e_per_order, 0),
        _within(measures.contribution_per_day, 0),
    )


def short_cells(row: Row) -> tuple[str, ...]:
    """One for each of ``SHORT_HEAD`` but the last: intervals by their half, of the share on time and what is left."""
    measures = row.measures
    return (
        *_reach(row),
        _give_or_take(measures.on_time_share, 1, 100),
        _mean(measures.cost_per_order, 2),
        _mean(measures.gco2e_per_order, 0),
        _give_or_take(measures.contribution_per_day, 0),
    )


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
        yield f"| {' | '.join((*_cells(row), _standing(row, outcome)))} |"
    yield ""
    yield (
        f"{counted(outcome.runs, 'day')} simulated, with {counted(len(outcome.seeds), 'seed')} common to all settings; "
        f"money is in {outcome.currency}, and brackets hold the 95 % interval of the mean. An order's cost is riding, "
        "distance, lateness, carbon, idle hours and the drones' day, its grams transport and packaging, per delivered "
        "order. What is left is the margin less that. No other setting beats one on the front in all of these: "
        f"{OBJECTIVES}."
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
            yield f"- {row.label}, after {counted(row.seeds, 'day')}: {row.dropped}."


def _standing(row: Row, outcome: Outcome) -> str:
    """What became of a setting, in a word or two."""
    if outcome.recommendation is not None and row.setting == outcome.recommendation.setting:
        return "recommended"
    return f"stopped after {row.seeds}" if row.dropped else "front" if row.front else ""


def _reach(row: Row) -> tuple[str, str, str]:
    people = row.measures.people
    return row.label, f"{people:,.0f}" if people else NOTHING, _mean(row.measures.orders_per_day, 0)


def _mean(each: Estimate | None, digits: int, unit: str = "", scale: float = 1) -> str:
    return NOTHING if each is None else f"{each.mean * scale:,.{digits}f}{unit}"


def _within(each: Estimate | None, digits: int, unit: str = "", scale: float = 1) -> str:
    """A mean, and its interval in brackets if it has one."""
    said = _mean(each, digits, unit, scale)
    if each is None or each.low is None or each.high is None:
        return said
    return f"{said} ({each.low * scale:,.{digits}f} to {each.high * scale:,.{digits}f})"


def _give_or_take(each: Estimate | None, digits: int, scale: float = 1) -> str:
    """A mean, give or take the longer side of its interval."""
    said = _mean(each, digits, scale=scale)
    if each is None or each.low is None or each.high is None:
        return said
    return f"{said} ± {max(each.mean - each.low, each.high - each.mean) * scale:,.{digits}f}"
