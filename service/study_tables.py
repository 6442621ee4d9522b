"""What the command line prints of studies and simulated days for people."""

from rich.table import Table

from dispatch import radius
from dispatch.siting import Siting
from dispatch.twin import Summary, World
from service.tables import table_of


def siting_table(found: Siting, unit: str) -> Table:
    """Where stores should be, what each reaches, and what no other of them does."""
    title = f"Stores for {found.demand:,.0f} {unit}, {found.minutes:g} minutes"
    table = table_of(title, "store", "longitude, latitude", f"{unit} reached", "by it alone")
    for column in table.columns[2:]:
        column.justify = "right"
    for store in found.stores:
        name = f"{store.id} (open)" if store.open else store.id
        lon, lat = store.location
        table.add_row(name, f"{lon:.5f}, {lat:.5f}", f"{store.reached:,.0f}", f"{store.alone:,.0f}")
    table.add_row("together", "", f"{found.covered:,.0f}", "")
    return table


TWIN_ROWS = (
    ("orders", "orders", 1.0, "orders a day"),
    ("accepted", "accepted", 1.0, "within reach"),
    ("undelivered_share", "undelivered, %", 100.0, "of the accepted"),
    ("on_time_share", "on time, %", 100.0, "of the accepted"),
    ("late_mean_s", "lateness, s", 1.0, "mean, on time is 0"),
    ("late_p95_s", "  95 % within, s", 1.0, ""),
    ("click_to_door_mean_min", "click to door, min", 1.0, "mean"),
    ("click_to_door_p95_min", "  95 % within, min", 1.0, ""),
    ("trips", "trips", 1.0, ""),
    ("orders_per_trip", "orders per trip", 1.0, ""),
    ("drone_share", "by drone, %", 100.0, "of the delivered"),
    ("riding_h", "under way, h", 1.0, "doors apart"),
    ("distance_km", "distance, km", 1.0, ""),
    ("utilisation", "utilisation, %", 100.0, "of hours on shift"),
    ("cost_per_order", "cost per order", 1.0, "with idle hours"),
    ("gco2e_per_order", "gCO2e per order", 1.0, "ride and packaging"),
    ("contribution", "contribution", 1.0, "margin less all that"),
    ("people_reached", "people reached", 1.0, "0 where nobody knows"),
    ("reached_share", "demand reached, %", 100.0, "of all expected"),
)
"""Measure, words, factor, remark."""


MANY = 1_000
"""From here on a table shows no decimals."""


def twin_table(world: World, summary: Summary) -> Table:
    """Simulated days in one table: each measure's mean over the seeds and its interval."""
    days = len(summary.seeds)
    title = f"Twin {world.name!r}, {days} day{'s' if days > 1 else ''}, money in {world.rates.currency}"
    table = table_of(title, "", "mean", f"{summary.confidence:.0%} interval", "")
    table.columns[1].justify = table.columns[2].justify = "right"
    for name, words, factor, remark in TWIN_ROWS:
        found = summary.measures.get(name)
        if found is None:
            continue
        interval = ""
        if found.low is not None and found.high is not None:
            interval = f"{_short(found.low * factor)} to {_short(found.high * factor)}"
        table.add_row(words, _short(found.mean * factor), interval, remark)
    for name, found in summary.measures.items():
        if name.startswith("undelivered."):
            table.add_row(f"  {name.partition('.')[2]}", _short(found.mean), "", "lost for this")
    return table


def _short(value: float) -> str:
    """A number as a table has room for it."""
    return f"{value:,.0f}" if abs(value) >= MANY else f"{value:.2f}"


def study_table(outcome: radius.Outcome) -> Table:
    """Every setting of a study, with intervals, and what became of it."""
    table = table_of(f"Radius and fleet of world {outcome.world}, money in {outcome.currency}", *radius.SHORT_HEAD)
    table.padding, table.columns[0].min_width = (0, 1, 0, 0), 12
    for column in table.columns[1:]:
        column.no_wrap = True
    for column in table.columns[1:-1]:
        column.justify = "right"
    for row in outcome.rows:
        best = outcome.recommendation is not None and row.setting == outcome.recommendation.setting
        said = "best" if best else "stopped" if row.dropped else "front" if row.front else ""
        style = "bold" if best else "dim" if row.dropped else ""
        table.add_row(*radius.short_cells(row), said, style=style)
    table.caption = "±: 95 % interval of the mean. best: recommended. front: no other beats it in everything."
    table.caption_justify = "left"
    return table


def fleet_table(answer: radius.MinimumFleet) -> Table:
    """Every fleet that was simulated on the way to the smallest."""
    table = table_of(
        f"Riders per store of world {answer.world}", "riders", "on time", "95 % interval", "keeps the target"
    )
    for each in answer.fleets:
        share = each.measures.on_time_share
        mean = radius.NOTHING if share is None else f"{share.mean:.1%}"
        ends = (
            "" if share is None or share.low is None or share.high is None else f"{share.low:.1%} to {share.high:.1%}"
        )
        table.add_row(str(each.riders), mean, ends, "yes" if each.meets else "no")
    return table
