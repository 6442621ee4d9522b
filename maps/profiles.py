"""How a vehicle uses streets."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from maps.plane import Floats
from maps.streets import STREET_KINDS, Street

if TYPE_CHECKING:
    from maps.streets import StreetNetwork


@dataclass(frozen=True)
class Profile:
    """The numbers that turn streets into travel times for one kind of vehicle with a rider.

    A street is ridden where its class has a speed and the rules allow it; otherwise, where walking is allowed, the
    vehicle is pushed, against a one-way street too.

    Attributes:
        name: What the profile is called.
        speeds_kmh: Riding speed by street class (a name of ``STREET_KINDS``), in free flow and without signals; a class
            that is not here is never used. A lower posted limit caps it.
        ridden_if_allowed: Classes ridden only where bicycles are expressly allowed.
        never_pushed: Classes where nobody pushes a vehicle.
        push_kmh: Speed of pushing the vehicle.
        walk_kmh: Speed of walking between the street and the door.
        signal_delay_s: Mean wait at a traffic signal.
        snap_limit_m: How far from a street a door may be.

    Raises:
        ValueError: If a speed is not positive, a delay or limit is negative, or a class is unknown.
    """

    name: str
    speeds_kmh: Mapping[str, float]
    ridden_if_allowed: frozenset[str]
    never_pushed: frozenset[str]
    push_kmh: float
    walk_kmh: float
    signal_delay_s: float
    snap_limit_m: float

    def __post_init__(self) -> None:
        unknown = (set(self.speeds_kmh) | self.ridden_if_allowed | self.never_pushed) - set(STREET_KINDS)
        if unknown:
            raise ValueError(f"profile {self.name!r}: unknown street class {sorted(unknown)}; known: {STREET_KINDS}")
        for label, speed in {**self.speeds_kmh, "push_kmh": self.push_kmh, "walk_kmh": self.walk_kmh}.items():
            if not 0 < speed < np.inf:
                raise ValueError(f"profile {self.name!r}: speed of {label} is {speed} km/h; it must be positive")
        for label, value in {"signal_delay_s": self.signal_delay_s, "snap_limit_m": self.snap_limit_m}.items():
            if not 0 <= value < np.inf:
                raise ValueError(f"profile {self.name!r}: {label} is {value}; it must be zero or more")

    def edge_seconds(self, network: "StreetNetwork") -> tuple[Floats, Floats]:
        """Moving time along each edge, signals not counted.

        Returns:
            ``(m,)`` seconds from tail to head and ``(m,)`` from head to tail; inf where the vehicle may neither be
            ridden nor pushed.
        """
        code = {kind: i for i, kind in enumerate(STREET_KINDS)}
        speed_kmh = np.zeros(len(STREET_KINDS))
        for kind, value in self.speeds_kmh.items():
            speed_kmh[code[kind]] = value
        asks, no_push = (
            np.isin(network.kind, [code[k] for k in kinds]) for kinds in (self.ridden_if_allowed, self.never_pushed)
        )

        used = (speed_kmh[network.kind] > 0) & ~network.has(Street.BICYCLE_NO)
        ridden = used & ~network.has(Street.BICYCLE_DISMOUNT) & (~asks | network.has(Street.BICYCLE_YES))
        pushed = used & ~no_push & ~network.has(Street.FOOT_NO)
        limit_kmh = np.where(network.maxspeed_kmh > 0, network.maxspeed_kmh, np.inf)
        ride_s = np.where(
            ridden, network.length_m * 3.6 / np.maximum(np.minimum(speed_kmh[network.kind], limit_kmh), 1.0), np.inf
        )
        push_s = np.where(pushed, network.length_m * 3.6 / self.push_kmh, np.inf)
        forward, backward = (network.has(flag) for flag in (Street.RIDE_FORWARD, Street.RIDE_BACKWARD))
        return (
            np.minimum(np.where(forward, ride_s, np.inf), push_s),
            np.minimum(np.where(backward, ride_s, np.inf), push_s),
        )


E_BIKE = Profile(
    name="e-bike",
    speeds_kmh={
        "motorway": 20.0,
        "trunk": 20.0,
        "primary": 20.0,
        "secondary": 20.0,
        "tertiary": 20.0,
        "unclassified": 20.0,
        "residential": 18.0,
        "living_street": 15.0,
        "service": 15.0,
        "track": 12.0,
        "cycleway": 20.0,
        "path": 12.0,
        "footway": 12.0,
        "pedestrian": 12.0,
        "bridleway": 12.0,
        "busway": 20.0,
    },
    ridden_if_allowed=frozenset({"motorway", "footway", "pedestrian", "bridleway", "busway"}),
    never_pushed=frozenset({"motorway", "trunk", "busway"}),
    push_kmh=4.0,
    walk_kmh=4.3,
    signal_delay_s=11.25,
    snap_limit_m=250.0,
)
"""A delivery e-bike.

Speeds are planning assumptions inside two fixed points: China's e-bike standard GB 17761-2018 caps the assisted speed
at 25 km/h, and 17.1 km/h was the mean e-bike speed observed on Hangzhou's streets (doi:10.1177/1687814015616918).
Streets shared with people on foot are slower. The signal delay is the uniform term of Webster (1958) for a 90 s cycle
that is half red and light traffic: red squared over twice the cycle, 45 * 45 / 180 = 11.25 s. Steps are never used.
"""

MOPED = Profile(
    name="moped",
    speeds_kmh={
        "trunk": 30.0,
        "primary": 30.0,
        "secondary": 30.0,
        "tertiary": 30.0,
        "unclassified": 25.0,
        "residential": 25.0,
        "living_street": 15.0,
        "service": 15.0,
        "track": 12.0,
    },
    ridden_if_allowed=frozenset(),
    never_pushed=frozenset({"trunk", "primary", "secondary", "tertiary"}),
    push_kmh=3.0,
    walk_kmh=4.3,
    signal_delay_s=11.25,
    snap_limit_m=300.0,
)
"""An electric moped: a motor vehicle, so carriageways only, never cycleways, paths, footways, squares or bus lanes.

Speeds are planning assumptions for town streets with parked cars and junctions, well below what the class may reach:
45 km/h in the EU (L1e-B, Regulation (EU) 168/2013, Annex I), 50 km/h for China's light motorcycles. A lower
posted limit holds. At near 80 kg (see the carbon room's factor file) it is pushed slowly, and not along a main road. It
stops farther from a door than a bicycle does, which may use the path to it. One-way exceptions and access are read as
a bicycle's, since a street network knows no others: a moped is let into contraflow lanes, and past signs that close a
street to motor vehicles alone. The signal delay is the e-bike's.
"""

CARGO_BIKE = Profile(
    name="cargo bike",
    speeds_kmh={
        "trunk": 16.0,
        "primary": 16.0,
        "secondary": 16.0,
        "tertiary": 16.0,
        "unclassified": 16.0,
        "residential": 15.0,
        "living_street": 12.0,
        "service": 12.0,
        "track": 10.0,
        "cycleway": 16.0,
        "path": 10.0,
        "footway": 8.0,
        "pedestrian": 8.0,
        "busway": 16.0,
    },
    ridden_if_allowed=frozenset({"path", "footway", "pedestrian", "busway"}),
    never_pushed=frozenset({"trunk", "path", "footway", "busway"}),
    push_kmh=3.5,
    walk_kmh=4.3,
    signal_delay_s=11.25,
    snap_limit_m=250.0,
)
"""An electric cargo bike: a bicycle by law, but wide, long and heavy.

Speeds are planning assumptions around 15 km/h, the mean that London's Pedal Me measured over its fleet of electric
cargo bikes in September 2020 (https://pedalme.co.uk/why-cargo-bikes/). It rides paths and footways only where bicycles
are expressly allowed, as those are built wide enough, and is not pushed along the others; a pedestrian street is wide
enough to push it. The signal delay is the e-bike's.
"""
