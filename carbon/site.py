"""A site's year: what it took from grid and sun, burned and leaked, and the documents that say so."""

import math
from collections.abc import Iterable
from typing import Annotated, Self

from pydantic import Field, model_validator

from carbon.errors import QuantityError
from carbon.operation import Fuel
from carbon.quantity import checked
from carbon.refrigerant import RefrigerantCharge
from carbon.values import Record, Text

MOST = 1e15
"""More kWh or m2 than any site has: the world makes some 3e13 kWh of electricity a year. Beyond it a unit is wrong."""


class SiteReading(Record):
    """An amount and the documents behind it.

    Attributes:
        value: the amount, >= 0 and at most ``MOST``, in the unit its field names.
        evidence: documents: a bill, a meter protocol, a log book. Without any, it cannot be used.
    """

    value: float
    evidence: tuple[Text, ...] = ()

    @model_validator(mode="after")
    def _is_possible(self) -> Self:
        if checked("value of a reading", self.value) > MOST:
            raise QuantityError(f"value of a reading is {self.value:g}, more than any site can have; check its unit")
        return self


class SiteFuel(Record):
    """Fuel burned on the site in the year, with the documents behind its amount."""

    fuel: Fuel
    evidence: tuple[Text, ...] = ()


class PlantCharge(Record):
    """Refrigerant in one plant of the site, with the documents behind charge and loss rate."""

    charge: RefrigerantCharge
    evidence: tuple[Text, ...] = ()


class SiteStatement(Record):
    """What somebody answers for in words where there is nothing to measure.

    Attributes:
        stated_by: who answers for it.
        evidence: documents: an inventory, an inspection. Without any, it cannot be used.
    """

    stated_by: Text
    evidence: tuple[Text, ...] = ()


class PowerContract(Record):
    """Electricity bought under a contract, which only the market-based column knows.

    In kWh, as certificates are cancelled over a year, where ``Contract`` gives the share of a day's rounds.

    Attributes:
        kwh: how much was used of it in the year; its evidence are the certificates cancelled.
        factor: key of its emission factor.
        renewable: whether it counts into the renewable share; then its factor must be below that of the grid.
    """

    kwh: SiteReading
    factor: Text
    renewable: bool


class SiteYear(Record):
    """What one site used in one year. None means that it is not known, which is not 0.

    Attributes:
        site_id: the site.
        year: calendar year.
        region: ISO 3166 code; picks the location-based grid factor.
        grid_kwh: electricity taken from the grid, contracts included.
        pv_self_used_kwh: own solar electricity used on the site; all of it that counts.
        pv_exported_kwh: own solar electricity sent to the grid; shown, and counted nowhere.
        storage_kwh: electricity that storage used, of grid and sun.
        storage_m2: floor area of storage.
        contracts: contracts over parts of ``grid_kwh``.
        fuels: fuels burned; empty if there are none.
        refrigerants: plants with refrigerant; empty if there are none, which ``no_refrigerant`` must then state.
        no_refrigerant: the statement that the site has no refrigerant at all.
    """

    site_id: Text
    year: Annotated[int, Field(ge=1990, le=2100)]
    region: Text
    grid_kwh: SiteReading | None
    pv_self_used_kwh: SiteReading | None
    pv_exported_kwh: SiteReading | None
    storage_kwh: SiteReading | None
    storage_m2: SiteReading | None
    contracts: tuple[PowerContract, ...] | None
    fuels: tuple[SiteFuel, ...] | None
    refrigerants: tuple[PlantCharge, ...] | None
    no_refrigerant: SiteStatement | None = None

    @model_validator(mode="after")
    def _is_possible(self) -> Self:
        if self.grid_kwh is not None and self.contracts is not None:
            bought = math.fsum(contract.kwh.value for contract in self.contracts)
            if bought > self.grid_kwh.value * (1 + 1e-9):
                raise QuantityError(
                    f"contracts of site {self.site_id!r} cover {bought:g} kWh, more than its grid_kwh of "
                    f"{self.grid_kwh.value:g}; count only what the site used"
                )
        if None not in (self.grid_kwh, self.pv_self_used_kwh, self.storage_kwh):
            used = math.fsum(each.value for each in (self.grid_kwh, self.pv_self_used_kwh) if each is not None)
            if self.storage_kwh is not None and self.storage_kwh.value > used * (1 + 1e-9):
                raise QuantityError(
                    f"storage_kwh of site {self.site_id!r} is {self.storage_kwh.value:g}, more than the {used:g} kWh "
                    "that it used at all"
                )
        if self.no_refrigerant is not None and self.refrigerants:
            raise QuantityError(
                f"no_refrigerant of site {self.site_id!r} states that it has none, and refrigerants holds "
                f"{len(self.refrigerants)}; leave out the one that is wrong"
            )
        if self.storage_m2 is not None and self.storage_m2.value == 0:
            raise QuantityError(f"storage_m2 of site {self.site_id!r} is 0; leave it out if there is no storage")
        return self


def documents(site: SiteYear) -> Iterable[tuple[str, tuple[str, ...]]]:
    """Every reading of a site by name, with its documents."""
    for field in ("grid_kwh", "pv_self_used_kwh", "pv_exported_kwh", "storage_kwh", "storage_m2"):
        reading = getattr(site, field)
        yield field, () if reading is None else reading.evidence
    yield from ((f"contracts[{i}]", contract.kwh.evidence) for i, contract in enumerate(site.contracts or ()))
    yield from ((f"fuels[{i}]", fuel.evidence) for i, fuel in enumerate(site.fuels or ()))
    yield from ((f"refrigerants[{i}]", plant.evidence) for i, plant in enumerate(site.refrigerants or ()))
    if site.no_refrigerant is not None:
        yield "no_refrigerant", site.no_refrigerant.evidence
