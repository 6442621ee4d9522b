"""Carbon: what a delivery emits, from physics and cited factors, ride and packaging apart.

The room knows rounds, masses and distances; it knows nothing of plans, promises, money or HTTP. Figures are aligned
with ISO 14083:2023; they are estimates, never certified.

    >>> import carbon
    >>> carbon.bundled_registry().electricity("CL").value
    0.291113
"""

from carbon.account import OrderFootprint, RoundFootprint
from carbon.category import TransportCategory
from carbon.chain import Activity, Chain, HubElement, Intensity, TransportElement, air_daf
from carbon.electricity import Contract, MarketFactor, market_factor
from carbon.energy import CARGO_BIKE, E_BIKE, M100, MOPED, VEHICLES, Drone, EBike, charging_factors, grid_wh
from carbon.errors import (
    AllocationError,
    AmbiguousFactorError,
    CarbonError,
    DistanceTypeError,
    ExpiredFactorError,
    FactorError,
    FactorFileError,
    MissingFactorError,
    MixedGasError,
    QuantityError,
    UnitError,
)
from carbon.factors import Factor, Registry, bundled_registry
from carbon.footprint import footprint
from carbon.hub import Handling, HubAccount, HubCategory, Use, handling, hub_category
from carbon.operation import Fuel, burnt
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
from carbon.report import ClassFootprint, Method, Report, Totals
from carbon.scopes import ScopeLine, scope_map
from carbon.transport import Allocation, OrderShare, Round, RoundStop, allocate

__all__ = [
    "CARGO_BIKE",
    "DEFAULT_PACKAGING",
    "E_BIKE",
    "M100",
    "MOPED",
    "STANDARD_PACKAGING",
    "VEHICLES",
    "Activity",
    "Allocation",
    "AllocationError",
    "AmbiguousFactorError",
    "CarbonError",
    "Chain",
    "ClassFootprint",
    "Contract",
    "DistanceTypeError",
    "Drone",
    "EBike",
    "Emission",
    "ExpiredFactorError",
    "Factor",
    "FactorError",
    "FactorFileError",
    "Fuel",
    "Handling",
    "HubAccount",
    "HubCategory",
    "HubElement",
    "Intensity",
    "MarketFactor",
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
    "ScopeLine",
    "Totals",
    "TransportCategory",
    "TransportElement",
    "UnitError",
    "Use",
    "air_daf",
    "allocate",
    "bundled_registry",
    "burnt",
    "charging_factors",
    "corrugated_box_kg",
    "footprint",
    "grid_wh",
    "handling",
    "hub_category",
    "market_factor",
    "packaging_factors",
    "packaging_gco2e",
    "scope_map",
    "total",
]
