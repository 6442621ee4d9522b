"""What a report covers, and who verified it."""

from datetime import date, timedelta
from typing import Self

from pydantic import model_validator

from carbon.errors import QuantityError
from carbon.report import Report
from carbon.values import Record, Text, over_a_year


class Period(Record):
    """Days of a report, both ends included.

    Attributes:
        first_day: the first.
        last_day: the last, at most a year later (rule R12).
    """

    first_day: date
    last_day: date

    @model_validator(mode="after")
    def _is_possible(self) -> Self:
        if self.days < 1 or over_a_year(self.first_day, self.last_day):
            raise QuantityError(
                f"first_day to last_day is {self.first_day} to {self.last_day}, {self.days} days; a period is at least "
                "a day and at most a year: swap the two, or report the years apart"
            )
        return self

    @classmethod
    def of(cls, report: Report) -> "Period | None":
        """The days on which the rounds of a report departed; None without rounds."""
        first, last = report.totals.first_day, report.totals.last_day
        return None if first is None or last is None else cls(first_day=first, last_day=last)

    def __str__(self) -> str:
        """Its days in words."""
        if self.days == 1:
            return self.first_day.isoformat()
        return f"{self.first_day} to {self.last_day} ({self.days} days)"

    @property
    def days(self) -> int:
        """How many."""
        return (self.last_day - self.first_day).days + 1

    @property
    def before(self) -> "Period":
        """As many days, just before.

        Raises:
            QuantityError: if the calendar does not go back that far.
        """
        if self.first_day.toordinal() <= self.days:
            raise QuantityError(
                f"first_day is {self.first_day}, before which there are no {self.days} days; begin later"
            )
        length = timedelta(days=self.days)
        return Period(first_day=self.first_day - length, last_day=self.last_day - length)

    def holds(self, day: date) -> bool:
        """Whether a day lies in it."""
        return self.first_day <= day <= self.last_day


class Verification(Record):
    """Statement of whoever verified a report.

    Attributes:
        by: who.
        on: when.
        statement: what they say, with the level of assurance.
    """

    by: Text
    on: date
    statement: Text
