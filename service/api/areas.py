"""``/v1/service-areas``: what a store at a place would serve."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel

from dispatch import Fault
from service import tasks
from service.api.documents import GeoJson
from service.api.maps import Latitude, Longitude, MapName, known_map
from service.api.state import KNOWN_PARAMETERS, HungUp, SettingsOf, WorkersOf
from service.auth import Scope, needs
from service.problems import SOLVED, InvalidRequest, invalid, responses
from service.settings import BUNDLED_MAP

router = APIRouter(prefix="/v1/service-areas", tags=["maps"], dependencies=[needs(Scope.OPS_READ), KNOWN_PARAMETERS])

MAX_MINUTES = 60.0
MIN_RADIUS_M = 1.0
MAX_RADIUS_M = 20_000.0


class AreaProperties(BaseModel):
    """What the area holds. ``people`` is null on a map without census zones."""

    map: str
    centre: tuple[float, float]
    minutes: float | None
    radius_m: float | None
    streets_m: float
    area_km2: float
    people: int | None


class AreaFeature(BaseModel):
    """A GeoJSON Feature (RFC 7946) with a polygon or several."""

    type: str
    geometry: dict[str, Any]
    properties: AreaProperties


@router.get("", response_class=GeoJson, response_model=AreaFeature, responses=responses(InvalidRequest, *SOLVED))
async def read_area(
    lon: Longitude,
    lat: Latitude,
    settings: SettingsOf,
    workers: WorkersOf,
    hung_up: HungUp,
    minutes: Annotated[
        float | None, Query(gt=0, le=MAX_MINUTES, allow_inf_nan=False, description="riding time")
    ] = None,
    radius_m: Annotated[
        float | None, Query(ge=MIN_RADIUS_M, le=MAX_RADIUS_M, allow_inf_nan=False, description="as the crow flies")
    ] = None,
    name: Annotated[MapName, Query(alias="map")] = BUNDLED_MAP,
) -> Response:
    """The isochrone of an e-bike (``minutes``) or the streets within a radius (``radius_m``): give exactly one."""
    if (minutes is None) == (radius_m is None):
        raise invalid([Fault(path="query", text="give exactly one of minutes and radius_m")])
    known_map(settings, name, "query.map")
    area = await workers.run(tasks.service_area, name, lon, lat, minutes, radius_m, settings.map_files, hung_up=hung_up)
    return Response(area, media_type=GeoJson.media_type)
