"""Streets and airspace: from OpenStreetMap to travel times, routes and service areas; flights round no-fly zones.

    import maps

    network = maps.read_map("city.osm.pbf")
    travel = maps.TravelTimes(network, maps.E_BIKE, centre=(-71.2463, -29.8981), radius_m=3000)
    travel.add([(-71.2463, -29.8981), (-71.2520, -29.9050)])
    travel.seconds, travel.route(0, 1).coords

Coordinates are (lon, lat) in degrees, WGS 84. Unreachable is inf.
"""

from maps.airspace import Airspace
from maps.areas import ServiceArea, service_area
from maps.bundled import SAMPLE_REGION, SAMPLE_STORE, bundled_map, bundled_people
from maps.closures import closed_area
from maps.errors import MapError, MapFileError, PointError
from maps.files import read_map
from maps.page import streets_geojson
from maps.people import Population, read_people
from maps.profiles import CARGO_BIKE, E_BIKE, MOPED, Profile
from maps.streets import STREET_KINDS, MapInfo, Street, StreetNetwork
from maps.travel import Route, TravelTimes

__all__ = [
    "CARGO_BIKE",
    "E_BIKE",
    "MOPED",
    "SAMPLE_REGION",
    "SAMPLE_STORE",
    "STREET_KINDS",
    "Airspace",
    "MapError",
    "MapFileError",
    "MapInfo",
    "PointError",
    "Population",
    "Profile",
    "Route",
    "ServiceArea",
    "Street",
    "StreetNetwork",
    "TravelTimes",
    "bundled_map",
    "bundled_people",
    "closed_area",
    "read_map",
    "read_people",
    "service_area",
    "streets_geojson",
]
