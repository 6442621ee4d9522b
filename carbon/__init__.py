"""Carbon: what a delivery emits, from physics and cited factors, ride and packaging apart.

The room knows rounds, masses and distances; it knows nothing of plans, promises, money or HTTP. Figures are aligned
with ISO 14083:2023; they are estimates, never certified.

    >>> import carbon
    >>> carbon.bundled_registry().electricity("CL").value
    0.291113
"""

from carbon.energy import CARGO_BIKE, E_BIKE, M100, MOPED, VEHICLES, Drone, EBike, charging_factors, grid_wh
from carbon.errors import (
    AllocationError,
    AmbiguousFactorError,
    CarbonError,
    FactorError,
    FactorFileError,
    MissingFactorError,
    MixedGasError,
    QuantityError,
    UnitError,
)
from carbon.factors import Factor, Registry, bundled_registry
from carbon.footprint import footprint
from carbon.packaging import (
    DEFAULT_PACKAGING,
    STANDARD_PACKAGING,
    Packaging,
    PackagingEmission,
    Piece,
    corrugated_box_kg,
    packaging_factors,
    packaging_gco2e,
)
from carbon.quantity import Emission, total
from carbon.report import ClassFootprint, Method, OrderFootprint, Report, RoundFootprint, Totals
from carbon.transport import Allocation, OrderShare, Round, RoundStop, allocate

__all__ = [
    "CARGO_BIKE",
    "DEFAULT_PACKAGING",
    "E_BIKE",
    "M100",
    "MOPED",
    "STANDARD_PACKAGING",
    "VEHICLES",
    "Allocation",
    "AllocationError",
    "AmbiguousFactorError",
    "CarbonError",
    "ClassFootprint",
    "Drone",
    "EBike",
    "Emission",
    "Factor",
    "FactorError",
    "FactorFileError",
    "Method",
    "MissingFactorError",
    "MixedGasError",
    "OrderFootprint",
    "OrderShare",
    "Packaging",
    "PackagingEmission",
    "Piece",
    "QuantityError",
    "Registry",
    "Report",
    "Round",
    "RoundFootprint",
    "RoundStop",
    "Totals",
    "UnitError",
    "allocate",
    "bundled_registry",
    "charging_factors",
    "corrugated_box_kg",
    "footprint",
    "grid_wh",
    "packaging_factors",
    "packaging_gco2e",
    "total",
]
