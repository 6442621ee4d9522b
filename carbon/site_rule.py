"""What a low-carbon site must reach."""

import math
from typing import Literal, Self

from pydantic import model_validator

from carbon.errors import QuantityError
from carbon.quantity import checked
from carbon.values import Record, Text


class SiteRule(Record):
    """What a site must reach.

    Attributes:
        name: the rule.
        source: who says so, and how it was read.
        address: where.
        max_net_tco2e: most net emission in the year; below 0 it asks for more than a site can do.
        max_storage_kwh_per_m2: most electricity of storage per floor area in the year, >= 0.
        min_renewable_share: least part of the electricity used that is renewable, 0 to 1.
        min_low_gwp_share: least part of the refrigerant's mass that has a low GWP, 0 to 1.
        low_gwp: highest GWP100 that is low, >= 0.
        net_column: column that the net emission is read from.
    """

    name: Text
    source: Text
    address: Text
    max_net_tco2e: float
    max_storage_kwh_per_m2: float
    min_renewable_share: float
    min_low_gwp_share: float
    low_gwp: float
    net_column: Literal["location", "market"]

    @model_validator(mode="after")
    def _is_possible(self) -> Self:
        if not math.isfinite(self.max_net_tco2e):
            raise QuantityError(f"max_net_tco2e of rule {self.name!r} is {self.max_net_tco2e}; give a number")
        for field in ("max_storage_kwh_per_m2", "low_gwp"):
            checked(f"{field} of rule {self.name!r}", getattr(self, field))
        for field in ("min_renewable_share", "min_low_gwp_share"):
            if checked(f"{field} of rule {self.name!r}", getattr(self, field)) > 1:
                raise QuantityError(
                    f"{field} of rule {self.name!r} is {getattr(self, field):g}; a share is at most 1, so "
                    "that 15 % is 0.15"
                )
        return self


SHENZHEN_DRAFT = SiteRule(
    name="Shenzhen draft, zero-carbon logistics park",
    source=(
        "draft local standard, its four limits read second-hand; what it calls low-GWP and which column the net is "
        "read from were not seen, so the 150 of Regulation (EU) 2024/573 and the stricter, location-based column are "
        "assumed"
    ),
    address="https://max.book118.com/html/2026/0307/6023113124012105.shtm",
    max_net_tco2e=0.0,
    max_storage_kwh_per_m2=30.0,
    min_renewable_share=0.15,
    min_low_gwp_share=0.60,
    low_gwp=150.0,
    net_column="location",
)
"""The four limits of the draft; ``model_copy`` changes what a later text says otherwise, and is checked in use."""
