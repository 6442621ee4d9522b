"""What an importer found: figures that do not add up, and figures that nothing came to recompute them from."""

from collections.abc import Collection, Iterator
from decimal import Decimal

from carbon.exchange.decimals import WIDE, allowance, plain, quotient
from carbon.values import Record

ZERO, ONE = Decimal(0), Decimal(1)


class Flag(Record):
    """One thing in a document that is not as it should be.

    Attributes:
        path: JSON path of the value, ``"$.data[0].extensions[0].data.tces[1].mass"``.
        says: what stands there; ``"nothing"`` where something is missing.
        should_be: what should.
        tolerance: how far the value may lie from a recomputed one; None where nothing was computed.
        because: the rule, and the way out where it is not plain from ``should_be``.
    """

    path: str
    says: str
    should_be: str
    tolerance: Decimal | None = None
    because: str

    def __str__(self) -> str:
        within = "" if self.tolerance is None else f" (give or take {plain(quotient(self.tolerance, ONE))})"
        return f"{self.path}: says {self.says}, should be {self.should_be}{within}: {self.because}"


class Unchecked(Record):
    """An emission figure that may be right or wrong: nothing came with it that it could be recomputed from.

    Attributes:
        path: JSON path of the figure.
        says: what stands there.
        because: what is missing.
    """

    path: str
    says: str
    because: str

    def __str__(self) -> str:
        return f"{self.path}: {self.says} is not recomputable because {self.because}"


Finding = Flag | Unchecked


def unequal(path: str, stated: Decimal, expected: Decimal, tolerance: Decimal, because: str) -> Iterator[Flag]:
    """Flag a figure that lies further from the recomputed one than ``allowance`` lets it."""
    allowed = allowance(stated, expected, tolerance)
    if abs(WIDE.subtract(stated, expected)) > allowed:
        yield Flag(
            path=path, says=plain(stated), should_be=plain(quotient(expected, ONE)), tolerance=allowed, because=because
        )


def above(path: str, part: Decimal | None, whole: Decimal, tolerance: Decimal, because: str) -> Iterator[Flag]:
    """Flag a part that is more than its whole; None is no part."""
    if part is None:
        return
    allowed = allowance(part, whole, tolerance)
    if WIDE.subtract(part, whole) > allowed:
        should_be = f"at most {plain(quotient(whole, ONE))}"
        yield Flag(path=path, says=plain(part), should_be=should_be, tolerance=allowed, because=because)


def outside(
    path: str, value: Decimal | None, span: str, *, low: Decimal = ZERO, high: Decimal | None = None
) -> Iterator[Flag]:
    """Flag a figure outside a span.

    Args:
        path: where it stands.
        value: the figure; None is not outside.
        span: the span with its brackets, ``"(0, 1]"``: a round one leaves its end out.
        low: lower end.
        high: upper end, or None for no end.
    """
    if value is None:
        return
    below = value <= low if span.startswith("(") else value < low
    above = high is not None and (value >= high if span.endswith(")") else value > high)
    if below or above:
        yield Flag(path=path, says=plain(value), should_be=f"in {span}", because="it is not possible otherwise")


def foreign(path: str, word: str | None, words: Collection[str], because: str) -> Iterator[Flag]:
    """Flag a word that is not of the specification's list; None is not foreign."""
    if word is not None and word not in words:
        yield Flag(path=path, says=repr(word), should_be=f"one of {', '.join(words)}", because=because)
