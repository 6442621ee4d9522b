"""Packaging that comes back: what one use of it emits, and from which use on it beats a single-use one (formula F11).

Whether reuse pays is a question of the return rate, so the return rate is always an input, and a loop that never pays
says so in words.
"""

import math
from typing import Self

import numpy as np
from pydantic import model_validator

from carbon.chart import Line, Mark, line_chart
from carbon.errors import QuantityError
from carbon.quantity import Floats, checked, checked_array
from carbon.svg import Svg
from carbon.values import Record, Text


class ReuseLoop(Record):
    """How a packaging circulates: how often it comes back, and what every use of it emits besides making it.

    Attributes:
        return_rate: fraction of uses after which it comes back fit for another, 0 to 1.
        life_uses: most uses it stands, >= 1; None if no limit is known, which a return rate of 1 does not allow.
        wash_gco2e: washing, per use.
        return_gco2e: way back from the customer, per use. A box that the rider takes along on a round of ledger A
            adds nothing of its own here.
        refurbish_gco2e: repair and new parts, per use.
        uses_source: key of the factor that the number of uses was read from, if any.
    """

    return_rate: float
    life_uses: float | None
    wash_gco2e: float
    return_gco2e: float
    refurbish_gco2e: float
    uses_source: str | None = None

    @model_validator(mode="after")
    def _is_possible(self) -> Self:
        for field in ("return_rate", "wash_gco2e", "return_gco2e", "refurbish_gco2e"):
            checked(field, getattr(self, field))
        if self.return_rate > 1:
            raise QuantityError(f"return_rate is {self.return_rate}; it is a fraction and reaches at most 1")
        if self.life_uses is None:
            if self.return_rate == 1:
                raise QuantityError(
                    "life_uses is missing, but return_rate is 1: nothing would ever end; give the most uses it stands"
                )
        elif checked("life_uses", self.life_uses) < 1:
            raise QuantityError(f"life_uses is {self.life_uses}; whatever is used is used at least once")
        return self

    @property
    def uses(self) -> float:
        """Uses of one piece, N = 1/(1 - return rate), at most its life.

        Where both bind, this is above the mean of pieces lost at random, (1 - r^life)/(1 - r); a count of one's own
        pieces is better than either.
        """
        limit = math.inf if self.life_uses is None else self.life_uses
        return limit if self.return_rate == 1 else min(1 / (1 - self.return_rate), limit)

    @property
    def running_gco2e(self) -> float:
        """What every single use emits, however often the piece is used."""
        return math.fsum((self.wash_gco2e, self.return_gco2e, self.refurbish_gco2e))


class Reusable(Record):
    """A packaging in a loop.

    Attributes:
        name: what it is called.
        make_gco2e: making one.
        end_of_life_gco2e: disposing of one; None if that is not counted.
        loop: how it circulates.
    """

    name: Text
    make_gco2e: float
    end_of_life_gco2e: float | None
    loop: ReuseLoop

    @model_validator(mode="after")
    def _is_possible(self) -> Self:
        checked(f"make_gco2e of {self.name}", self.make_gco2e)
        checked(f"end_of_life_gco2e of {self.name}", self.end_of_life_gco2e or 0.0)
        return self

    @property
    def once_gco2e(self) -> float:
        """What one piece emits once, shared by all its uses: making and, if counted, disposing."""
        return self.make_gco2e + (self.end_of_life_gco2e or 0.0)

    @property
    def gco2e_per_use(self) -> float:
        """Formula F11: once / N + washing + return + refurbishing."""
        return self.once_gco2e / self.loop.uses + self.loop.running_gco2e

    def gco2e_at(self, uses: Floats) -> Floats:
        """Formula F11 for other numbers of uses.

        Args:
            uses: numbers of uses, each > 0, any shape.

        Returns:
            Grams per use, same shape.

        Raises:
            QuantityError: if a number of uses is 0, negative or not a number.
        """
        counted = checked_array("uses", uses)
        if (counted == 0).any():
            raise QuantityError("uses is 0; what is made and never used has no emission per use, give at least 1")
        return self.once_gco2e / counted + self.loop.running_gco2e


class BreakEven(Record):
    """From which use on a reusable packaging emits no more than a single-use one.

    Attributes:
        uses: N* at which both emit the same per use; None if there is none.
        return_rate: return rate that reaches N*; None if none does.
        never: why reuse never pays, in words; None if it can.
        saved_gco2e_per_use: single-use minus reusable at the loop's own return rate; negative where reuse emits more.
    """

    uses: float | None
    return_rate: float | None
    never: str | None
    saved_gco2e_per_use: float


def break_even(reusable: Reusable, single_gco2e: float) -> BreakEven:
    """Compare a reusable packaging with a single-use one that does the same job.

    N* = (making + disposing) / (single-use - washing - return - refurbishing). Refurbishing is in the divisor because
    F11 counts it per use; without it N* would not be the point at which the two emit the same.

    Args:
        reusable: the reusable packaging.
        single_gco2e: one single-use packaging, its end of life counted if and only if the reusable one's is.

    Returns:
        The break-even; ``uses`` is None where washing, return and refurbishing alone emit as much as the single-use
        packaging; ``return_rate`` is None there too, and where its life ends before N*.

    Raises:
        QuantityError: if ``single_gco2e`` is negative or not a number.
    """
    margin = checked("single_gco2e", single_gco2e) - reusable.loop.running_gco2e
    saved = single_gco2e - reusable.gco2e_per_use
    uses = reusable.once_gco2e / margin if margin > 0 else math.inf
    if math.isinf(uses):
        never = (
            f"never: washing, return and refurbishing of {reusable.name} emit {reusable.loop.running_gco2e:.3g} gCO2e "
            f"a use, no less than the {single_gco2e:.3g} gCO2e of the single-use packaging, however often it is used"
        )
        return BreakEven(uses=None, return_rate=None, never=never, saved_gco2e_per_use=saved)
    life = reusable.loop.life_uses
    if life is not None and uses > life:
        never = f"never: {reusable.name} stands {life:g} uses, and breaks even only after {uses:.1f}"
        return BreakEven(uses=uses, return_rate=None, never=never, saved_gco2e_per_use=saved)
    return BreakEven(uses=uses, return_rate=1 - 1 / max(uses, 1.0), never=None, saved_gco2e_per_use=saved)


def break_even_chart(reusable: Reusable, single_name: str, single_gco2e: float) -> str:
    """Draw what one use emits over the number of uses, against the single-use packaging, as SVG.

    The break-even is marked, or its absence said in words; so is where the loop stands at its own return rate.

    Args:
        reusable: the reusable packaging.
        single_name: what the single-use packaging is called.
        single_gco2e: one of them.

    Raises:
        QuantityError: as for ``break_even``.
    """
    found = break_even(reusable, single_gco2e)
    own, own_uses, running = reusable.gco2e_per_use, reusable.loop.uses, reusable.loop.running_gco2e
    life = math.inf if reusable.loop.life_uses is None else reusable.loop.life_uses
    reached = found.uses is not None and found.never is None
    last = max(10.0, 2.5 * found.uses) if reached and found.uses else min(max(10.0, 1.5 * own_uses), 50.0)
    end = max(min(last, life), 1.5)
    highest = max(3 * single_gco2e, 1.3 * min(own, float(reusable.gco2e_at(np.array(end)))), 1e-9)
    per, unit = (1000.0, "kg") if highest >= 1000 else (1.0, "g")  # noqa: PLR2004 - grams in a kilogram
    # One use of a box that is made for hundreds would flatten all else: the curve starts where it enters the frame.
    first = reusable.once_gco2e / (highest - running) if highest > running else 1.0
    uses = np.geomspace(min(max(first, 1.0), end / 1.2), end, 200)
    lines = (
        Line(label=_words(reusable.name), x=uses, y=reusable.gco2e_at(uses) / per),
        Line(label=_words(single_name), x=np.array([1.0, last]), y=np.full(2, single_gco2e / per), dashed=True),
    )
    marks = []
    if reached and found.uses is not None and found.uses > 1:
        label = f"break-even: {found.uses:.1f} uses"
        marks.append(Mark(x=found.uses, y=single_gco2e / per, label=label, series=1, drop=True))
    if uses[0] <= own_uses <= end:
        label = f"{_percent(reusable.loop.return_rate)} returned: {own_uses:.3g} uses"
        marks.append(Mark(x=own_uses, y=own / per, label=label))
    said = _said(reusable, _words(single_name), found, per, unit)
    svg = Svg(title=f"{_words(reusable.name)} against {_words(single_name)}", subtitle=said, description=said)
    return line_chart(svg, lines, marks, x_label="uses of one piece", y_label=f"{unit}CO2e per use")


def _said(reusable: Reusable, single_name: str, found: BreakEven, per: float, unit: str) -> str:
    """The chart in two sentences."""
    if found.never is not None:
        outcome = f"{found.never[0].upper()}{_words(found.never[1:])}."
    elif found.uses is not None and found.return_rate is not None and found.uses > 1:
        rate = _percent(found.return_rate)
        outcome = f"Reuse emits less after {found.uses:.1f} uses, which takes a return rate of {rate}."
    else:
        outcome = "Reuse emits less from the first use on."
    saved = found.saved_gco2e_per_use / per
    than = f"{abs(saved):.3g} {unit}CO2e {'less' if saved >= 0 else 'more'} than {single_name}"
    return (
        f"{outcome} At the return rate of {_percent(reusable.loop.return_rate)} a piece is used "
        f"{reusable.loop.uses:.3g} times, and a use emits {reusable.gco2e_per_use / per:.3g} {unit}CO2e, {than}."
    )


def _words(name: str) -> str:
    return name.replace("_", " ")


def _percent(share: float) -> str:
    return f"{100 * share:.3g}\N{NO-BREAK SPACE}%"
