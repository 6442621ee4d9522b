"""Readiness of a site: its year's balance, held against a rule for low-carbon sites.

Every figure stands on readings with evidence. A reading that is missing, or that no document supports, makes the
figures that need it "not computable because ...", and the site "not computable", never ready. The result is a
self-assessment.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Literal, Self

from pydantic import model_validator

from carbon.electricity import RESIDUAL_MIX
from carbon.errors import QuantityError
from carbon.factors import Factor
from carbon.quantity import Emission, total
from carbon.refrigerant import GwpSet, RefrigerantCharge, gwp_factor
from carbon.registry import Registry, bundled_registry
from carbon.site import SiteReading, SiteYear, documents
from carbon.site_rule import SiteRule
from carbon.values import Record

TONNE_G = 1e6


class SiteFigure(Record):
    """A figure, or why there is none, or what is stated instead of one; exactly one of the three.

    Attributes:
        value: the figure.
        not_computable: "not computable because ...".
        stated: what the site states, with documents, where there is nothing to measure.
    """

    value: float | None
    not_computable: str | None
    stated: str | None = None

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if [self.value, self.not_computable, self.stated].count(None) != 2:  # noqa: PLR2004 - one of three
            raise QuantityError(
                f"a figure is value {self.value}, not_computable {self.not_computable!r} and stated {self.stated!r}; "
                "give exactly one"
            )
        if self.value is not None and not math.isfinite(self.value):
            raise QuantityError(f"value of a figure is {self.value}; say why it is not computable instead")
        return self


class SiteColumn(Record):
    """One column of a site's balance, in grams CO2e.

    Attributes:
        grid_gco2e: electricity from the grid; electricity of the own sun counts 0.
        fuel_operation_gco2e: burning fuels.
        fuel_provision_gco2e: bringing fuels.
        refrigerant_gco2e: charge x loss rate x GWP.
        total_gco2e: all of these. Exported solar electricity takes nothing off.
    """

    grid_gco2e: SiteFigure
    fuel_operation_gco2e: SiteFigure
    fuel_provision_gco2e: SiteFigure
    refrigerant_gco2e: SiteFigure
    total_gco2e: SiteFigure


class SiteCriterion(Record):
    """One limit of a rule, and the site's distance to it.

    Attributes:
        name: what is measured.
        unit: its unit.
        figure: what the site has.
        limit: what the rule asks for.
        bound: whether the limit is the most or the least.
        gap: what is missing to the limit, 0 where it is met; None if the figure is not computable.
        met: whether it is met, by the figure or by what is stated instead; None if that cannot be said.
    """

    name: str
    unit: str
    figure: SiteFigure
    limit: float
    bound: Literal["at most", "at least"]
    gap: float | None
    met: bool | None


class SiteReadiness(Record):
    """A site's year against a rule.

    Attributes:
        site_id: the site.
        year: calendar year.
        rule: the rule.
        gwp: GWP set of the refrigerants.
        readiness: ``"ready"`` if every limit is met, ``"not ready"`` if one is not, else ``"not computable"``.
        statement: the result in words.
        location: balance with the region's grid factor.
        market: balance with the contracts' factors.
        pv_exported_kwh: solar electricity given to the grid, counted nowhere.
        criteria: limit by limit.
        evidence: documents by reading.
        missing_evidence: readings without any.
        factors: every factor used.
    """

    site_id: str
    year: int
    rule: SiteRule
    gwp: str
    readiness: Literal["ready", "not ready", "not computable"]
    statement: str
    location: SiteColumn
    market: SiteColumn
    pv_exported_kwh: SiteFigure
    criteria: tuple[SiteCriterion, ...]
    evidence: Mapping[str, tuple[str, ...]]
    missing_evidence: tuple[str, ...]
    factors: tuple[Factor, ...]


def site_readiness(
    site: SiteYear, rule: SiteRule, registry: Registry | None = None, gwp: GwpSet = "AR6"
) -> SiteReadiness:
    """Balance a site's year and hold it against a rule.

    Args:
        site: its readings.
        rule: the rule, for example ``SHENZHEN_DRAFT``.
        registry: where factors come from; the bundled ones by default.
        gwp: GWP set of the refrigerants.

    Raises:
        MissingFactorError: if the region, a fuel, a contract or a refrigerant has no factor.
        ExpiredFactorError: if it has one, but none that holds at the end of the year.
        MixedGasError: if a factor counts CO2 alone.
        QuantityError: if a copy of the rule or the site was changed into something impossible, or a contract that is
            said to be renewable has a factor that is not below the grid's.
        UnitError: if a fuel's unit is not its factor's.
    """
    # A copy that was changed has been through no validator yet.
    site, rule = SiteYear.model_validate(site.model_dump()), SiteRule.model_validate(rule.model_dump())
    return _Site(site, bundled_registry() if registry is None else registry, gwp).against(rule)


class _Site:
    """One assessment: the readings that have evidence, and the factors asked for."""

    def __init__(self, site: SiteYear, registry: Registry, gwp: GwpSet) -> None:
        self._site, self._registry, self._gwp = site, registry, gwp
        self._day = date(site.year, 12, 31)  # a year's balance is settled with the factors that hold at its end
        self._factors: dict[str, Factor] = {}
        self._evidence = dict(documents(site))

    def against(self, rule: SiteRule) -> SiteReadiness:
        self._refuse_grid_as_renewable()
        location, market = self._column(self._location()), self._column(self._market())
        net = (location if rule.net_column == "location" else market).total_gco2e
        criteria = (
            _criterion(
                f"net emission, {rule.net_column}-based",
                "tCO2e",
                _scaled(net, 1 / TONNE_G),
                rule.max_net_tco2e,
                "at most",
            ),
            _criterion("electricity of storage", "kWh/m2", self._storage(), rule.max_storage_kwh_per_m2, "at most"),
            _criterion("renewable share", "share", self._renewable(), rule.min_renewable_share, "at least"),
            self._low_gwp(rule),
        )
        met = [criterion.met for criterion in criteria]
        readiness: Literal["ready", "not ready", "not computable"] = (
            "not ready" if False in met else "not computable" if None in met else "ready"
        )
        return SiteReadiness(
            site_id=self._site.site_id,
            year=self._site.year,
            rule=rule,
            gwp=self._gwp,
            readiness=readiness,
            statement=_statement(self._site, rule, readiness, criteria),
            location=location,
            market=market,
            pv_exported_kwh=self._figure(
                "pv_exported_kwh", ("pv_exported_kwh",), lambda: _value(self._site.pv_exported_kwh)
            ),
            criteria=criteria,
            evidence={field: found for field, found in self._evidence.items() if found},
            missing_evidence=tuple(field for field, found in self._evidence.items() if not found),
            factors=tuple(self._factors.values()),
        )

    def _factor(self, factor: Factor) -> Factor:
        return self._factors.setdefault(factor.id, factor)

    def _emission(self, key: str, amount: float, unit: str) -> Emission:
        return self._factor(self._registry.get(key, on=self._day)).emission(amount, unit)

    def _figure(self, name: str, needs: Iterable[str], compute: Callable[[], float]) -> SiteFigure:
        """Compute a figure if each reading that it ``needs``, or each member of such a list, has evidence."""
        reasons = []
        for need in needs:
            if getattr(self._site, need) is None:
                reasons.append(f"{need} is not known")
                continue
            known = [field for field in self._evidence if field == need or field.startswith(f"{need}[")]
            reasons += [f"{field} has no evidence" for field in known if not self._evidence[field]]
        if reasons:
            return _missing(name, ", ".join(reasons))
        return _computed(name, compute)

    def _refuse_grid_as_renewable(self) -> None:
        """Power with the burden of the grid is the grid's, whatever its contract calls it."""
        for i, contract in enumerate(self._site.contracts or ()):
            if not contract.renewable:
                continue
            grid = self._registry.electricity(self._site.region, self._day)
            bought, usual = (
                _grams(each)
                for each in (self._emission(contract.factor, 1.0, "kWh"), self._factor(grid).emission(1.0, "kWh"))
            )
            if bought >= usual:
                raise QuantityError(
                    f"factor {contract.factor!r} of contracts[{i}] of site {self._site.site_id!r} is {bought:g} "
                    f"gCO2e/kWh, not below the {usual:g} of its grid, and renewable is true; give the factor of what "
                    "was bought, or renewable=False"
                )

    def _location(self) -> SiteFigure:
        electricity = self._factor(self._registry.electricity(self._site.region, self._day))
        return self._figure(
            "grid_gco2e, location-based",
            ("grid_kwh",),
            lambda: _grams(electricity.emission(_value(self._site.grid_kwh), "kWh")),
        )

    def _market(self) -> SiteFigure:
        name = "grid_gco2e, market-based"
        contracts = self._site.contracts or ()
        bought = math.fsum(contract.kwh.value for contract in contracts)
        rest = max(0.0, _value(self._site.grid_kwh) - bought)
        region = self._site.region
        known = any(factor.key == RESIDUAL_MIX and factor.region == region for factor in self._registry)
        if self._site.grid_kwh is not None and self._site.contracts is not None and rest > 0 and not known:
            # A report may let the region's grid stand in and say so; whoever claims readiness may not.
            return _missing(name, f"no contract covers {rest:g} kWh and {RESIDUAL_MIX!r} of {region!r} is not known")

        def compute() -> float:
            parts = [self._emission(contract.factor, contract.kwh.value, "kWh") for contract in contracts]
            if rest > 0:
                residual = self._factor(self._registry.get(RESIDUAL_MIX, region=region, on=self._day))
                parts.append(residual.emission(rest, "kWh"))
            return _grams(*parts)

        return self._figure(name, ("grid_kwh", "contracts"), compute)

    def _column(self, grid: SiteFigure) -> SiteColumn:
        fuels, plants = [each.fuel for each in self._site.fuels or ()], self._site.refrigerants or ()
        operation = self._figure(
            "fuel_operation_gco2e",
            ("fuels",),
            lambda: _grams(*(self._emission(fuel.operation, fuel.amount, fuel.unit) for fuel in fuels)),
        )
        provision = self._figure(
            "fuel_provision_gco2e",
            ("fuels",),
            lambda: _grams(*(self._emission(fuel.provision, fuel.amount, fuel.unit) for fuel in fuels)),
        )
        refrigerant = self._none_is_stated("refrigerant_gco2e") or self._figure(
            "refrigerant_gco2e",
            self._plants(),
            lambda: _grams(
                *(self._gwp_of(plant.charge).emission(plant.charge.lost_kg, "kg") for plant in plants),
            ),
        )
        parts = (grid, operation, provision, refrigerant)
        reasons = list(dict.fromkeys(part.not_computable for part in parts if part.not_computable is not None))
        return SiteColumn(
            grid_gco2e=grid,
            fuel_operation_gco2e=operation,
            fuel_provision_gco2e=provision,
            refrigerant_gco2e=refrigerant,
            total_gco2e=_missing("total_gco2e", "; ".join(reasons))
            if reasons
            else _computed("total_gco2e", lambda: math.fsum(part.value or 0.0 for part in parts)),
        )

    def _plants(self) -> tuple[str, ...]:
        """What figures of refrigerant need."""
        return ("refrigerants",) if self._site.no_refrigerant is None else ("no_refrigerant",)

    def _none_is_stated(self, name: str) -> SiteFigure | None:
        """Why a figure of refrigerant is missing where no plant is listed and nobody states that there is none."""
        if self._site.refrigerants != () or self._site.no_refrigerant is not None:
            return None
        return _missing(name, "refrigerants lists none; state in no_refrigerant that the site has none at all")

    def _gwp_of(self, charge: RefrigerantCharge) -> Factor:
        return self._factor(gwp_factor(charge.refrigerant, self._gwp, self._registry))

    def _storage(self) -> SiteFigure:
        return self._figure(
            "electricity of storage",
            ("storage_kwh", "storage_m2"),
            lambda: _value(self._site.storage_kwh) / _value(self._site.storage_m2),
        )

    def _renewable(self) -> SiteFigure:
        name = "renewable share"
        sun = _value(self._site.pv_self_used_kwh)
        used = _value(self._site.grid_kwh) + sun
        if used == 0 and self._site.grid_kwh is not None and self._site.pv_self_used_kwh is not None:
            return _missing(name, "no electricity was used")
        green = math.fsum(contract.kwh.value for contract in self._site.contracts or () if contract.renewable)
        return self._figure(name, ("grid_kwh", "pv_self_used_kwh", "contracts"), lambda: (green + sun) / used)

    def _low_gwp(self, rule: SiteRule) -> SiteCriterion:
        name, plants = "low-GWP refrigerant", self._site.refrigerants or ()
        charge_kg = math.fsum(plant.charge.charge_kg for plant in plants)

        def low() -> float:
            low_kg = [each.charge.charge_kg for each in plants if self._gwp_of(each.charge).value <= rule.low_gwp]
            return math.fsum(low_kg) / charge_kg

        figure = self._none_is_stated(name)
        if figure is None and self._site.no_refrigerant is not None:
            figure = self._figure(name, self._plants(), float)
            if figure.value is not None:  # a share of nothing, so the statement stands in its place
                stated = f"the site has no refrigerant at all, as {self._site.no_refrigerant.stated_by} states"
                figure = SiteFigure(value=None, not_computable=None, stated=stated)
        if figure is None and plants and charge_kg == 0:
            figure = _missing(name, "every plant is charged with 0 kg; state in no_refrigerant that there is none")
        if figure is None:
            figure = self._figure(name, self._plants(), low)
        return _criterion(name, "share", figure, rule.min_low_gwp_share, "at least")


def _value(reading: SiteReading | None) -> float:
    """The reading's value; of one that is not known, a 0 that ``_figure`` never lets out."""
    return 0.0 if reading is None else reading.value


def _grams(*emissions: Emission) -> float:
    # The sum with nothing is where a CO2-only factor is caught.
    return total((Emission(0.0, "CO2e"), *emissions)).grams


def _missing(name: str, because: str) -> SiteFigure:
    return SiteFigure(value=None, not_computable=f"{name} is not computable because {because}")


def _computed(name: str, compute: Callable[[], float]) -> SiteFigure:
    try:
        value = compute()
    except OverflowError:  # of a sum
        value = math.inf
    if not math.isfinite(value):
        return _missing(name, "what it is made of is too large to compute with; check the units")
    return SiteFigure(value=value, not_computable=None)


def _scaled(figure: SiteFigure, by: float) -> SiteFigure:
    return figure if figure.value is None else SiteFigure(value=figure.value * by, not_computable=None)


def _criterion(
    name: str, unit: str, figure: SiteFigure, limit: float, bound: Literal["at most", "at least"]
) -> SiteCriterion:
    gap = None if figure.stated is None else 0.0
    if figure.value is not None:
        gap = max(0.0, figure.value - limit if bound == "at most" else limit - figure.value)
    return SiteCriterion(
        name=name, unit=unit, figure=figure, limit=limit, bound=bound, gap=gap, met=None if gap is None else gap == 0
    )


def _statement(site: SiteYear, rule: SiteRule, readiness: str, criteria: Iterable[SiteCriterion]) -> str:
    said = [f"Readiness of {site.site_id} in {site.year} for {rule.name}: {readiness}."]
    for each in criteria:
        if each.figure.stated is not None:
            said.append(f"{_sentence(each.name)}: {each.figure.stated}.")
        elif each.met is None:
            said.append(f"{_sentence(each.figure.not_computable or '')}.")
        elif not each.met:
            said.append(
                f"{_sentence(each.name)} is {each.figure.value:.3g} {each.unit}, {each.gap:.3g} from the limit of "
                f"{each.bound} {each.limit:g}."
            )
    return " ".join([*said, "A self-assessment from the operator's own readings; nobody has audited it."])


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]
