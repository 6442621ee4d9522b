"""The city that comes with Swiftleaf: La Serena and Coquimbo, Chile."""

from functools import lru_cache
from pathlib import Path

from maps.files import read_map
from maps.people import Population, read_people
from maps.streets import StreetNetwork

_FOLDER = Path(__file__).parent / "sample"

SAMPLE_STORE = (-71.2463, -29.8981)
"""A store in La Serena, (lon, lat): 94 % of its 3 km disk has a street for an e-bike within 250 m."""

SAMPLE_REGION = "CL"
"""The sample city's country, ISO 3166-1."""


@lru_cache(maxsize=1)
def bundled_map() -> StreetNetwork:
    """The streets of La Serena and Coquimbo, from OpenStreetMap (``maps/sample/LICENCE.md``); read once a process."""
    return read_map(_FOLDER / "coquimbo.osm.pbf")


@lru_cache(maxsize=1)
def bundled_people() -> Population:
    """The 133 zones of La Serena and Coquimbo with 451,899 people; employment is not known. Read once a process."""
    return read_people(_FOLDER / "coquimbo_people.geojson")
