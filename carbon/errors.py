"""What can go wrong in an account of carbon.

The tree::

    CarbonError
    ├── FactorError
    │   ├── MissingFactorError
    │   ├── AmbiguousFactorError
    │   ├── ExpiredFactorError
    │   ├── CutOffError
    │   └── FactorFileError
    ├── UnitError
    ├── MixedGasError
    ├── DistanceTypeError
    ├── DoubleCountError
    ├── QuantityError
    ├── AllocationError
    ├── LedgerMixError
    ├── PointsError
    │   ├── BaselineError
    │   └── DuplicateAwardError
    ├── LedgerError
    │   ├── CanonicalError
    │   ├── CheckpointError
    │   ├── CorrectionError
    │   ├── EditionError
    │   └── TornLedgerError
    └── ExchangeError
    └── ReportError
"""


class CarbonError(Exception):
    """Base of every error that the carbon room raises on purpose."""


class FactorError(CarbonError):
    """Base of the errors about emission factors and parameters."""


class MissingFactorError(FactorError):
    """Raised when the registry holds no factor for what was asked; nothing is ever put in its place silently."""


class AmbiguousFactorError(FactorError):
    """Raised when several factors answer to one name and the region asked for does not choose between them."""


class ExpiredFactorError(FactorError):
    """Raised when there is a factor, but none that holds on the day asked for."""


class CutOffError(FactorError):
    """Raised when factors that stop at the gate, or are of several GWP sets, would rank ends of a packaging's life."""


class FactorFileError(FactorError):
    """Raised when a factor file cannot be read as one; names the file, the line and the field."""


class UnitError(CarbonError):
    """Raised when an amount is not in the unit that a factor is per, or a unit contradicts its declared gas."""


class MixedGasError(CarbonError):
    """Raised when a figure in CO2 alone would be added to one in CO2 equivalents."""


class DistanceTypeError(CarbonError):
    """Raised when figures on shortest feasible, great-circle and actual distances meet without what joins them."""


class DoubleCountError(CarbonError):
    """Raised when a factor would be added to one that already includes it."""


class QuantityError(CarbonError):
    """Raised when a mass, distance, energy or share is negative, not a number, or otherwise impossible."""


class AllocationError(CarbonError):
    """Raised when the emissions of a round cannot be handed to its orders, for example because it has none."""


class LedgerMixError(CarbonError):
    """Raised when avoided emissions (ledger C) would be added to, or taken off, emissions (ledgers A and B)."""


class PointsError(CarbonError):
    """Raised when points may not be awarded or revoked; names the act and the rule it breaks."""


class BaselineError(PointsError):
    """Raised when an act lies outside the validity of the baseline it would be held against."""


class DuplicateAwardError(PointsError):
    """Raised when one act, or one turn of a reusable box, would be credited twice."""


class LedgerError(CarbonError):
    """Raised when a ledger cannot be read or added to as asked; base of the errors about ledgers."""


class CanonicalError(LedgerError):
    """Raised when content has no RFC 8785 form: not a number, an integer beyond 2**53, not JSON at all."""


class CheckpointError(LedgerError):
    """Raised when a key or a checkpoint cannot be read, made or trusted."""


class CorrectionError(LedgerError):
    """Raised when a correction names an entry that does not exist, is itself, comes later or is corrected already."""


class EditionError(LedgerError):
    """Raised when figures would be replayed with factors of another edition than they were made with."""


class TornLedgerError(LedgerError):
    """Raised when a ledger ends in the middle of an entry, as after a power cut, and would be added to nevertheless."""


class ExchangeError(CarbonError):
    """Raised when a report cannot become exchange documents, or what came in is no JSON document at all."""


class ReportError(CarbonError):
    """Raised when a report cannot be made in a format: what that needs is missing, or it is refused."""
