"""What a study found, as texts to take away: a table in CSV, a chart in SVG, and the answer in Markdown."""

import csv
import io
from collections.abc import Iterable, Sequence

from dispatch import radius
from dispatch.twin import Estimate
from service.studies.ask import Kind, SitingResult, WhatIfResult

ENDS = ("", "_low", "_high")


def study_csv(outcome: radius.Outcome) -> str:
    """A row a setting, each estimate with the ends of its interval."""
    estimates = [name for name in radius.Measures.model_fields if name not in {"people", "reached_share"}]
    head = [
        *("radius_m", "minutes", "riders", "drones", "promise_min", "seeds", "people", "reached_share"),
        *(f"{name}{end}" for name in estimates for end in ENDS),
        *("front", "recommended", "dropped"),
    ]
    best = outcome.recommendation and outcome.recommendation.setting
    rows = []
    for row in outcome.rows:
        each, measures = row.setting, row.measures
        rows.append(
            [each.radius and each.radius.metres, each.radius and each.radius.minutes]
            + [each.riders, each.drones, each.promise_min, row.seeds, measures.people, measures.reached_share]
            + [value for name in estimates for value in _ends(getattr(measures, name))]
            + [int(row.front), int(each == best), row.dropped or ""]
        )
    return _csv(head, rows)


def fleet_csv(answer: radius.MinimumFleet) -> str:
    """A row a number of riders."""
    estimates = [name for name in radius.Measures.model_fields if name not in {"people", "reached_share"}]
    head = ["riders", "meets", "fewest", *(f"{name}{end}" for name in estimates for end in ENDS)]
    rows = [
        [each.riders, int(each.meets), int(each.riders == answer.riders)]
        + [value for name in estimates for value in _ends(getattr(each.measures, name))]
        for each in answer.fleets
    ]
    return _csv(head, rows)


def table(kind: Kind, document: str) -> str:
    """The result of a study as CSV, whatever its kind."""
    if kind is Kind.RADIUS:
        return study_csv(radius.Outcome.model_validate_json(document))
    if kind is Kind.FLEET:
        return fleet_csv(radius.MinimumFleet.model_validate_json(document))
    if kind is Kind.SITING:
        sited = SitingResult.model_validate_json(document).siting
        stores = [[each.id, *each.location, int(each.open), each.reached, each.alone] for each in sited.stores]
        return _csv(["id", "lon", "lat", "open", "reached", "alone"], stores)
    compared = WhatIfResult.model_validate_json(document).comparison
    orders = [[each.order_id, each.transport_gco2e, each.packaging_gco2e, each.total_gco2e] for each in compared.orders]
    return _csv(["order_id", "transport_gco2e", "packaging_gco2e", "total_gco2e"], orders)


def chart(kind: Kind, document: str) -> str | None:
    """The trade-offs of a radius study as SVG; None for any other kind, which has none."""
    return radius.draw_study(radius.Outcome.model_validate_json(document)) if kind is Kind.RADIUS else None


def recommendation(kind: Kind, document: str) -> str:
    """The answer in Markdown."""
    if kind is Kind.RADIUS:
        return radius.report(radius.Outcome.model_validate_json(document))
    if kind is Kind.FLEET:
        answer = radius.MinimumFleet.model_validate_json(document)
        return _markdown(f"Fewest riders of world {answer.world}", answer.sentences)
    if kind is Kind.SITING:
        sited = SitingResult.model_validate_json(document).siting
        chosen = ", ".join(store.id for store in sited.stores if not store.open)
        proof = (
            "no choice reaches more"
            if sited.proven
            else f"no choice reaches more than {sited.bound / sited.demand:.1%}; this one is not proven to be the best"
        )
        return _markdown(
            "Where to open stores",
            (f"Open {chosen}: {sited.share:.1%} of the demand is within {sited.minutes:g} minutes; {proof}.",),
        )
    found = WhatIfResult.model_validate_json(document)
    compared = found.comparison
    said = [
        f"{compared.total_gco2e:+,.0f} gCO2e over {len(compared.orders)} orders.",
        f"Transport {compared.transport_gco2e:+,.0f}, packaging {compared.packaging_gco2e:+,.0f}.",
    ]
    if found.difference is not None:
        total = found.difference.total_gco2e
        said.append(f"90 % of {found.difference.draws} draws lie between {total.p5:+,.0f} and {total.p95:+,.0f}.")
    said += [f"Order {order_id} stays as it was: {reason}." for order_id, reason in compared.kept.items()]
    return _markdown(f"What if: {compared.scenario.name}", said)


def _ends(each: Estimate | None) -> tuple[float | None, float | None, float | None]:
    return (each.mean, each.low, each.high) if each else (None, None, None)


def _markdown(title: str, sentences: Iterable[str]) -> str:
    return f"# {title}\n\n" + "\n".join(sentences) + "\n"


def _csv(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(head)
    writer.writerows([_tame(cell) for cell in row] for row in rows)
    return text.getvalue()


def _tame(cell: object) -> object:
    """Text that a spreadsheet would run as a formula, as text."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in "=+-@\t\r" and cell else cell
