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
from carbon.charging import charging_factors, grid_wh, line_loss_gco2e_per_kwh
from carbon.drone import M100, Drone, wind_along
from carbon.electricity import Contract, MarketFactor, market_factor
from carbon.end_of_life import EPA_END_OF_LIFE, EndOfLife, rank_end_of_life
from carbon.energy import VEHICLES
from carbon.errors import (
    AllocationError,
    AmbiguousFactorError,
    BaselineError,
    CarbonError,
    CutOffError,
    DistanceTypeError,
    DoubleCountError,
    DuplicateAwardError,
    ExpiredFactorError,
    FactorError,
    FactorFileError,
    LedgerMixError,
    MissingFactorError,
    MixedGasError,
    PointsError,
    QuantityError,
    UnitError,
)
from carbon.factors import Factor, Registry, bundled_registry
from carbon.footprint import footprint
from carbon.hub import Handling, HubAccount, HubCategory, Use, handling, hub_category
from carbon.operation import Fuel, burnt
from carbon.packaging import (
    DEFAULT_PACKAGING,
    PACKAGING_CHOICES,
    STANDARD_PACKAGING,
    Packaging,
    PackagingEmission,
    Piece,
    as_reusable,
    corrugated_box_kg,
    packaging_break_even,
    packaging_factors,
    packaging_gco2e,
)
from carbon.quantity import Emission, total
from carbon.refrigerant import BLENDS, RefrigerantCharge, blend_gwp100, gwp_factor
from carbon.report import ClassFootprint, Method, Report, Totals
from carbon.reuse import BreakEven, Reusable, ReuseLoop, break_even, break_even_chart
from carbon.road_vehicle import DIESEL_VAN, ELECTRIC_VAN, PETROL_MOPED, ROAD_VEHICLES, RoadEmission, RoadVehicle
from carbon.scopes import ScopeLine, scope_map
from carbon.transport import Allocation, OrderShare, Round, RoundStop, allocate
from carbon.two_wheeler import CARGO_BIKE, E_BIKE, MOPED, EBike

__all__ = [
    "BLENDS",
    "CARGO_BIKE",
    "DEFAULT_PACKAGING",
    "DIESEL_VAN",
    "ELECTRIC_VAN",
    "EPA_END_OF_LIFE",
    "E_BIKE",
    "M100",
    "MOPED",
    "PACKAGING_CHOICES",
    "PETROL_MOPED",
    "ROAD_VEHICLES",
    "STANDARD_PACKAGING",
    "VEHICLES",
    "Activity",
    "Allocation",
    "AllocationError",
    "AmbiguousFactorError",
    "BaselineError",
    "BreakEven",
    "CarbonError",
    "Chain",
    "ClassFootprint",
    "Contract",
    "CutOffError",
    "DistanceTypeError",
    "DoubleCountError",
    "Drone",
    "DuplicateAwardError",
    "EBike",
    "Emission",
    "EndOfLife",
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
    "LedgerMixError",
    "MarketFactor",
    "Method",
    "MissingFactorError",
    "MixedGasError",
    "OrderFootprint",
    "OrderShare",
    "Packaging",
    "PackagingEmission",
    "Piece",
    "PointsError",
    "QuantityError",
    "RefrigerantCharge",
    "Registry",
    "Report",
    "Reusable",
    "ReuseLoop",
    "RoadEmission",
    "RoadVehicle",
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
    "as_reusable",
    "blend_gwp100",
    "break_even",
    "break_even_chart",
    "bundled_registry",
    "burnt",
    "charging_factors",
    "corrugated_box_kg",
    "footprint",
    "grid_wh",
    "gwp_factor",
    "handling",
    "hub_category",
    "line_loss_gco2e_per_kwh",
    "market_factor",
    "packaging_break_even",
    "packaging_factors",
    "packaging_gco2e",
    "rank_end_of_life",
    "scope_map",
    "total",
    "wind_along",
]
